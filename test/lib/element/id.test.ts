import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ELEMENT_NAME, formatId, isId, parseId } from '../../../lib/element/id.ts';
import { kinds } from '../../../lib/kind/index.ts';
import { LOCATION_NAME } from '../../../lib/location/location.ts';

const id = fc.record({
  kind: fc.constantFrom(...kinds),
  location: fc.stringMatching(LOCATION_NAME),
  name: fc.stringMatching(ELEMENT_NAME),
});

describe('an ID', () => {
  it('is parsed into the parts from which it was made', () => {
    fc.assert(
      fc.property(id, (parts) => {
        expect(parseId(formatId(parts), 'id')).toEqual(parts);
        expect(isId(formatId(parts))).toBe(true);
      }),
    );
  });

  it.each([
    'image://library/alpine-3.20',
    'task://jobs/nightly',
    'volume://a/0',
    `log://${'a'.repeat(63)}/${'Z'.repeat(255)}`,
    'executor://a-b/A._:@+-',
  ])('may be %s', (text) => {
    expect(formatId(parseId(text, 'id'))).toBe(text);
  });

  it.each([
    '',
    'alpine',
    'image:library/alpine',
    'image://library',
    'image://library/',
    'image:///alpine',
    'Image://library/alpine',
    'disk://library/alpine',
    'image://Library/alpine',
    'image://-library/alpine',
    'image://library-/alpine',
    `image://${'a'.repeat(64)}/alpine`,
    `image://library/${'a'.repeat(256)}`,
    'image://library/.alpine',
    'image://library/-alpine',
    'image://library/al/pine',
    'image://library/alpine\n',
    'image://library/alpine ',
    ' image://library/alpine',
    'image://library/ålpine',
    'image://library/alpine#1',
    'image://library/alpine%20',
    'scratch:',
    '__proto__://a/b',
  ])('cannot be %j, and the error names the place', (text) => {
    expect(isId(text)).toBe(false);
    expect(() => parseId(text, 'parentId')).toThrow(
      expect.objectContaining({
        code: 'invalid-request',
        members: { issues: [expect.objectContaining({ path: 'parentId' })] },
      }),
    );
  });
});
