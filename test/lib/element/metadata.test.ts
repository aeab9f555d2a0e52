import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64, decodeText, formatMetadata, parseMetadata } from '../../../lib/element/metadata.ts';
import { wellFormedText } from '../any-text.ts';

const bytes = fc.uint8Array({ maxLength: 200 });
const invalid = (...entries: object[]) =>
  expect.objectContaining({
    code: 'invalid-entry',
    members: { entries: entries.map((entry) => expect.objectContaining(entry)) },
  });

describe('base64', () => {
  it('is read and written in the same form', () => {
    fc.assert(
      fc.property(bytes, (array) => {
        expect(decodeBase64(Buffer.from(array).toString('base64'))).toEqual(array);
      }),
    );
  });

  it('is refused in any other form', () => {
    const almost = fc.stringMatching(/^[A-Za-z0-9+/=_\- \n]{0,12}$/);
    fc.assert(
      fc.property(fc.oneof(almost, fc.string()), (text) => {
        const read = decodeBase64(text);
        if (read) expect(Buffer.from(read).toString('base64')).toBe(text);
      }),
    );
    for (const text of ['YQ', 'YQ=', 'YR==', 'YQ==\n', 'Y Q==', '-_-_', '====', 'YQ==YQ==', 'ä']) {
      expect(decodeBase64(text)).toBeUndefined();
    }
  });

  it('may be as long as data may be', () => {
    const long = Buffer.alloc(4 * 1024 * 1024, 7).toString('base64');
    expect(decodeBase64(long)).toHaveLength(4 * 1024 * 1024);
    expect(decodeBase64(`${long}!`)).toBeUndefined();
  });
});

describe('metadata', () => {
  it('is shown in a form that is read as the same bytes', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[a-zA-Z0-9]{1,20}$/), bytes, { noNullPrototype: true }),
        (ro) => {
          expect(parseMetadata({ ro: formatMetadata(ro) }, [], false)).toEqual({ ro });
        },
      ),
    );
  });

  it('is shown as text exactly if it is text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          bytes,
          wellFormedText(50).map((text) => new TextEncoder().encode(text)),
        ),
        (value) => {
          const text = decodeText(value);
          const isText = Buffer.compare(Buffer.from(Buffer.from(value).toString('utf8')), value) === 0;
          expect(text !== undefined).toBe(isText);
          if (text !== undefined) expect(new TextEncoder().encode(text)).toEqual(value);
        },
      ),
    );
  });

  it('accepts null to delete a key in a patch, and nowhere else', () => {
    expect(parseMetadata({ rw: { a: null, b: 'c' } }, [], true).rw).toEqual({
      a: null,
      b: Uint8Array.of(99),
    });
    expect(() => parseMetadata({ rw: { a: null } }, [], false)).toThrow(invalid({ key: 'rw.a' }));
    expect(() => parseMetadata({ rw: { 'a b': null } }, [], true)).toThrow(invalid({ key: 'rw.a b' }));
  });

  it('names every invalid entry, in all maps at once', () => {
    const maps = { ro: { a: 5, b: 'fine', '-': 'x' }, rw: { c: { base64: '?' } } };
    expect(() => parseMetadata(maps, [], false)).toThrow(
      invalid({ key: 'ro.a' }, { key: 'ro.-', limit: 128 }, { key: 'rw.c' }),
    );
  });

  it('counts the keys of all maps together', () => {
    const keys = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, 'x']));
    expect(() => parseMetadata({ ro: keys(25), rw: keys(25) }, [], false)).not.toThrow();
    expect(() => parseMetadata({ ro: keys(49), rw: keys(3) }, [], false)).toThrow(
      invalid({ key: 'rw.k1', limit: 50 }, { key: 'rw.k2', limit: 50 }),
    );
  });

  it('of an indexed key is short text', () => {
    const parse = (value: unknown) => () =>
      parseMetadata({ ro: { os: value, other: value } }, ['ro.os'], false);
    expect(parse('x'.repeat(512))).not.toThrow();
    expect(parse('x'.repeat(513))).toThrow(invalid({ key: 'ro.os', limit: 512 }));
    expect(parse({ base64: '/w==' })).toThrow(invalid({ key: 'ro.os' }));
  });
});
