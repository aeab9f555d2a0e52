import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  algorithmOf,
  computeChecksum,
  parseChecksum,
  verifyChecksum,
} from '../../../lib/element/checksum.ts';

// NIST, FIPS 180-2: the digests of "abc".
const ABC = new TextEncoder().encode('abc');
const SHA256 = 'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const SHA512 =
  'sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f';

describe('a checksum', () => {
  it('has the value of the standard', () => {
    expect(computeChecksum('sha256', ABC)).toBe(SHA256);
    expect(computeChecksum('sha512', ABC)).toBe(SHA512);
  });

  it('is read in upper and lower case', () => {
    expect(
      parseChecksum(
        SHA256.replace(/[a-f]+$/, (hex) => hex.toUpperCase()),
        'checksum',
      ),
    ).toBe(SHA256);
    expect(algorithmOf(parseChecksum(SHA512, 'checksum'))).toBe('sha512');
  });

  it('uses the algorithm of the expected one, SHA-256 by default', () => {
    expect(verifyChecksum(ABC)).toBe(SHA256);
    expect(verifyChecksum(ABC, SHA512)).toBe(SHA512);
  });

  it('differs for different data', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (bytes, other) => {
        fc.pre(Buffer.compare(bytes, other) !== 0);
        const expected = computeChecksum('sha256', other);
        expect(verifyChecksum(other, expected)).toBe(expected);
        expect(() => verifyChecksum(bytes, expected)).toThrow(
          expect.objectContaining({
            code: 'checksum-mismatch',
            members: { expected, actual: computeChecksum('sha256', bytes) },
          }),
        );
      }),
    );
  });

  it.each(['md5:00', 'SHA256:00', 'sha1:00', 'constructor:00', 'toString:00'])(
    'of an unsupported algorithm is refused with a list of algorithms: %s',
    (text) => {
      expect(() => parseChecksum(text, 'checksum')).toThrow(
        expect.objectContaining({
          code: 'unsupported-checksum-algorithm',
          members: { supported: ['sha256', 'sha512'] },
        }),
      );
    },
  );

  it.each([
    '',
    ':',
    'sha256',
    'sha256:',
    'sha256:0',
    `${SHA256}0`,
    SHA256.slice(0, -1),
    `${SHA256}\n`,
    'sha256:ä',
    ` ${SHA256}`,
  ])('cannot be %j', (text) => {
    expect(() => parseChecksum(text, 'checksum')).toThrow(
      expect.objectContaining({ code: 'invalid-request' }),
    );
  });
});
