import { createHash } from 'node:crypto';
import { invalidRequest, TaskportError } from '../errors.ts';
import { listed } from '../kind/listed.ts';

const HEX_DIGITS = { sha256: 64, sha512: 128 } as const;
export type ChecksumAlgorithm = keyof typeof HEX_DIGITS;
const checksumAlgorithms = Object.keys(HEX_DIGITS) as ChecksumAlgorithm[];

/** `algorithm:hex`, in lower case. */
export type Checksum = `${ChecksumAlgorithm}:${string}`;

/** Parses `algorithm:hex`. Throws `unsupported-checksum-algorithm`, or `invalid-request` if it has another form. */
export const parseChecksum = (text: string, path: string): Checksum => {
  const [, algorithm, hex] = /^([A-Za-z0-9+._-]{1,32}):([0-9A-Fa-f]+)$/.exec(text) ?? [];
  if (algorithm === undefined || hex === undefined) {
    throw invalidRequest({ path, message: 'must be `algorithm:hex`' });
  }
  if (!Object.hasOwn(HEX_DIGITS, algorithm)) {
    throw new TaskportError(
      'unsupported-checksum-algorithm',
      `the checksum algorithm ${algorithm} is not supported: use ${listed(checksumAlgorithms, 'or')}`,
      {
        supported: checksumAlgorithms,
      },
    );
  }
  const known = algorithm as ChecksumAlgorithm;
  if (hex.length !== HEX_DIGITS[known]) {
    throw invalidRequest({
      path,
      message: `must have ${HEX_DIGITS[known]} hexadecimal digits, as ${known} has`,
    });
  }
  return `${known}:${hex.toLowerCase()}`;
};

export const algorithmOf = (checksum: Checksum): ChecksumAlgorithm =>
  checksum.slice(0, checksum.indexOf(':')) as ChecksumAlgorithm;

export const computeChecksum = (algorithm: ChecksumAlgorithm, bytes: Uint8Array): Checksum =>
  `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;

/** Throws `checksum-mismatch` unless data has the checksum that a caller named. */
export const assertChecksum = (actual: Checksum, expected: Checksum): void => {
  if (actual === expected) return;
  throw new TaskportError(
    'checksum-mismatch',
    `the data has the checksum ${actual}, not ${expected}: send the data anew, or correct the checksum`,
    { expected, actual },
  );
};

/** The checksum of the bytes, by the algorithm of `expected`, or else SHA-256. Throws `checksum-mismatch`. */
export const verifyChecksum = (bytes: Uint8Array, expected?: Checksum): Checksum => {
  const actual = computeChecksum(expected ? algorithmOf(expected) : 'sha256', bytes);
  if (expected !== undefined) assertChecksum(actual, expected);
  return actual;
};
