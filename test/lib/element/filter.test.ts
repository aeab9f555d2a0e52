import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseFilter } from '../../../lib/element/filter.ts';
import { TaskportError } from '../../../lib/errors.ts';
import type { Location } from '../../../lib/location/location.ts';
import { anyText } from '../any-text.ts';

const location: Location = {
  name: 'library',
  kind: 'image',
  type: 's3',
  policy: 'read-write',
  owner: '',
  indexed: ['ro.os', 'rw.a/b'],
  state: 'open',
  revision: 1,
  createdAt: '',
  createdBy: '',
  modifiedAt: '',
  modifiedBy: '',
};
const { indexed: _, ...plain } = location;

describe('a filter', () => {
  it.each([
    [[], {}],
    [['ro.os=linux'], { equality: { type: 'indexed', key: 'ro.os', value: 'linux' } }],
    [['ro.os='], { equality: { type: 'indexed', key: 'ro.os', value: '' } }],
    [['rw.a/b=c=d'], { equality: { type: 'indexed', key: 'rw.a/b', value: 'c=d' } }],
    [['state=ready'], { equality: { type: 'state', state: 'ready' } }],
    [['parent=scratch:'], { equality: { type: 'parent', id: 'scratch:' } }],
    [['name^=alp'], { namePrefix: 'alp' }],
    [['name^=a', 'ro.os=b'], { namePrefix: 'a', equality: { type: 'indexed', key: 'ro.os', value: 'b' } }],
  ])('may be %j', (terms, expected) => {
    expect(parseFilter(terms, location)).toEqual(expected);
  });

  it('of an indexed key accepts every indexable text, and no longer one', () => {
    fc.assert(
      fc.property(anyText(600), (value) => {
        const holds = value.isWellFormed() && !value.includes('\0') && Buffer.byteLength(value) <= 512;
        const parse = () => parseFilter([`ro.os=${value}`], location);
        if (holds) expect(parse().equality).toMatchObject({ value });
        else expect(parse).toThrow(TaskportError);
      }),
    );
  });

  it('that is invalid is refused with a list of the indexed keys', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (terms) => {
        fc.pre(terms.length > 0);
        const refused = { code: 'invalid-filterspec', members: { indexed: [], filter: terms[0] } };
        expect(() => parseFilter(terms, plain)).toThrow(expect.objectContaining(refused));
      }),
    );
  });
});
