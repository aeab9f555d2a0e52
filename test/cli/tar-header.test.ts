/** The archives of this program contain the given values for every reader. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { END, type TarEntry, tarHeader } from '../../cli/push/tar-header.ts';
import { defined } from '../../lib/defined.ts';
import { titled } from '../bundle.ts';
import { missing, readArchive } from './read-archive.ts';

const directory = mkdtempSync(join(tmpdir(), 'taskport-header-'));
afterAll(() => rmSync(directory, { recursive: true }));

const flags = {
  file: '0',
  link: '1',
  symlink: '2',
  'character-device': '3',
  'block-device': '4',
  directory: '5',
  fifo: '6',
} as const;

/** Bytes of a name: all that a file system accepts, which is all but NUL, in existing directories. */
const name = fc
  .uint8Array({ minLength: 1, maxLength: 300 })
  .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 0 || byte === 0x2f ? 0x61 : byte))));
const owner = fc.oneof(fc.nat({ max: 0o7777777 }), fc.integer({ min: 0o7777777, max: 2 ** 32 - 2 }));
/** Up to a terabyte, and around the limit of the field. */
const size = fc.oneof(
  fc.nat(),
  fc.integer({ min: 8 ** 11 - 2, max: 8 ** 11 + 2 }),
  fc.maxSafeNat().map((n) => n % 2 ** 40),
);
const time = fc.oneof(
  fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }),
  fc.bigInt({ min: -10n, max: 2n ** 35n }).map((seconds) => seconds * 1_000_000_000n),
);
const attribute = fc.tuple(
  fc.stringMatching(/^(user|security)\.[a-z.]{1,40}$/),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
);
const entry: fc.Arbitrary<TarEntry> = fc.record({
  type: fc.constantFrom(...(Object.keys(flags) as TarEntry['type'][])),
  name,
  linkname: name,
  device: fc.record({ major: fc.nat({ max: 4095 }), minor: fc.nat({ max: 0o3777777 }) }),
  mode: fc.nat({ max: 0o7777 }),
  uid: owner,
  gid: owner,
  size,
  modified: time,
  attributes: fc.uniqueArray(attribute, { maxLength: 4, selector: ([key]) => key }),
});

/** Nanoseconds of a decimal number of seconds. */
const nanoseconds = (seconds: string): bigint => {
  const [, sign, whole = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(seconds) ?? [];
  const value = BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
  return sign === '-' ? -value : value;
};

const without = missing('python3');
describe.skipIf(without !== undefined)(titled('a header', without), () => {
  it('contains the given values, whatever they are', () => {
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 40 }), (entries) => {
        const given = entries.map(({ linkname, size: told, ...others }): TarEntry => {
          const isLink = others.type === 'link' || others.type === 'symlink';
          const isFile = others.type === 'file';
          return {
            ...others,
            size: isFile ? told : 0,
            ...defined({ linkname: isLink ? linkname : undefined }),
          };
        });
        const paths = given.map((_, at) => join(directory, `${at}.tar`));
        for (const [at, each] of given.entries()) {
          writeFileSync(paths[at] as string, Buffer.concat([tarHeader(each), END]));
        }
        const read = readArchive(...paths);
        expect(read).toHaveLength(given.length);
        for (const [at, { type, linkname, modified, attributes = [], ...others }] of given.entries()) {
          expect(read[at]).toMatchObject({
            ...others,
            type: flags[type],
            linkname: linkname ?? Buffer.alloc(0),
            xattrs: Object.fromEntries(attributes),
          });
          expect(nanoseconds(read[at]?.mtime ?? '')).toBe(modified);
        }
      }),
      { numRuns: 15 },
    );
  });
});
