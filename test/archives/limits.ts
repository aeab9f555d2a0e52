import { gzipSync } from 'node:zlib';
import { noArchive, type Rows, refused, taken } from './row.ts';
import { archive, BLOCK, extended, file, long, oldSparse, paxSparse } from './tar-bytes.ts';
import { zeros } from './zstd-bytes.ts';

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const SEVERAL = 'make several archives';

/** An archive with this number of entries, compressed. */
const many = (count: number, name: (at: number) => string): Buffer =>
  gzipSync(Buffer.concat(Array.from({ length: count }, (_, at) => file(name(at)))), { level: 1 });

/** The same entry repeatedly, compressed once: consecutive members of gzip are decompressed one after another. */
const same = (count: number): Buffer => {
  const [thousand, rest] = [1000, count % 1000].map((times) =>
    gzipSync(Buffer.alloc(BLOCK * times, file('same'))),
  ) as [Buffer, Buffer];
  return Buffer.concat([...Array.from({ length: Math.floor(count / 1000) }, () => thousand), rest]);
};

const withAttribute = gzipSync(
  Buffer.concat([extended({ 'SCHILY.xattr.user.v': 'x'.repeat(2 ** 16) }), file('x')]),
);

export const limits: Rows = {
  'Much data that compresses well': {
    '70 MiB of zeros': taken(() => gzipSync(Buffer.alloc(70 * MIB)), 0),
    'a file of 70 MiB of zeros': taken(
      () => gzipSync(archive(file('zeros', Buffer.alloc(70 * MIB)))),
      70 * MIB,
      {
        zeros: 'file',
      },
    ),
    '5 GiB of zeros, of which none is an entry': taken(() => zeros(5 * 1024), 0, {}, { others: ['docker'] }),
  },
  'Many files': {
    'of up to a thousand paths': taken(() => many(1000, String), 0),
    '300,000 that are empty': taken(() => many(300_000, String), 299_000 * 4096),
    'in directories that none of them says': taken(() => many(1000, (at) => `${at}/f`), 1000 * 4096),
  },
  'More than a million entries or paths': {
    entries: refused(() => same(1_000_001), 'same', SEVERAL, { others: ['containerd'] }),
    paths: refused(
      () =>
        gzipSync(
          Buffer.concat(
            Array.from({ length: 600 }, (_, at) =>
              Buffer.concat([long('L', `${at}/${'d/'.repeat(1900)}`), file('x')]),
            ),
          ),
          { level: 1 },
        ),
      `74/${'d/'.repeat(1900)}`,
      SEVERAL,
      { others: ['docker', 'containerd'] },
    ),
  },
  'More than 64 MiB of extended attributes': {
    'in many entries': refused(() => Buffer.concat(Array(1025).fill(withAttribute)), 'x', SEVERAL, {
      others: ['docker', 'containerd'],
    }),
  },
  'More than 64 GiB, unpacked': {
    'of files with holes': refused(
      archive(
        paxSparse('1.0', 'a', [], 40 * GIB),
        oldSparse('b', [], 5 * GIB),
        paxSparse('0.1', 'c', [[0, '']], 20 * GIB),
      ),
      'c',
      SEVERAL,
      { others: ['containerd'] },
    ),
    'of zeros that are no entry': noArchive(() => zeros(65 * 1024), 'make several', 'data-error', {
      others: ['containerd'],
      // The entries of a layer would all be hashed, for its diff ID.
      as: 'volume',
    }),
  },
};

/** Rows about inline archives only. */
export const withinCall: Rows = {
  'More than 256 MiB, unpacked, within a call': {
    zeros: noArchive(
      () => gzipSync(Buffer.alloc(257 * MIB), { level: 1 }),
      'upload it by signed requests',
      'payload-too-large',
      {
        others: ['docker', 'containerd'],
      },
    ),
  },
};
