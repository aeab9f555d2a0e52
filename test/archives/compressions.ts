import { gzipSync } from 'node:zlib';
import { noArchive, type Rows, refused, taken } from './row.ts';
import { archive, directory, file } from './tar-bytes.ts';
import { frame, segment, skippable, withChecksum, withDictionary, wrongBlock } from './zstd-bytes.ts';

const plain = archive(directory('d/'), file('d/f', 'hello'));
const tree = { d: 'directory', 'd/f': 'file' } as const;
const [front, back] = [plain.subarray(0, 700), plain.subarray(700)];
const garbage = Buffer.from('garbage');
const all = (...parts: Uint8Array[]): Buffer => Buffer.concat(parts);
/** Docker supports zstd since 23. */
const SINCE_23 = { others: ['docker'] } as const;
const ENGINE = { others: ['containerd'] } as const;

/** An archive of one file of 6 bytes, by `zstd -19`: with compressed blocks, and a checksum. */
const PACKED = Buffer.from(
  'KLUv/WQAJz0CAKKCCRGwqQMAXTlEdEkMEo+yXhUKUoPbVcnFvuGBveuddETSs6VICJkTDCCAmWMc9gU4DigE6RSAZzDS+Zns0QAeMCiA3aS67xoW5A==',
  'base64',
);
const changed = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] as number) ^ 1;
  return copy;
};

export const compressions: Rows = {
  'gzip, of one member or several': {
    one: taken(gzipSync(plain), 5, tree),
    several: taken(all(gzipSync(front), gzipSync(back)), 5, tree),
    'one that is empty': taken(all(gzipSync(plain), gzipSync('')), 5, tree),
  },
  'gzip with bytes after it': {
    garbage: refused(all(gzipSync(all(plain, Buffer.alloc(300_000))), garbage), 'd/f', 'make it anew'),
    zeros: refused(all(gzipSync(plain), Buffer.alloc(512)), 'd/f', 'make it anew'),
    'the beginning of a member': refused(
      all(gzipSync(plain), gzipSync(plain).subarray(0, 12)),
      'd/f',
      'make it anew',
    ),
    'one byte': refused(all(gzipSync(plain), Buffer.of(0x1f)), 'd/f', 'make it anew'),
  },
  'Corrupt gzip': {
    'cut off': refused(gzipSync(plain).subarray(0, -4), 'd/f', 'make it anew'),
    'with a byte changed': noArchive(changed(gzipSync(plain), -6 + gzipSync(plain).length)),
  },
  'zstd, of one frame or several': {
    one: taken(frame(plain), 5, tree, SINCE_23),
    'one that is packed, and has a checksum': taken(PACKED, 6, { 'hello.txt': 'file' }, SINCE_23),
    several: taken(all(frame(front), segment(back)), 5, tree, SINCE_23),
    'a skippable one first, as pzstd writes it': taken(
      all(skippable('abcd'), frame(plain)),
      5,
      tree,
      SINCE_23,
    ),
    'skippable ones between and behind': taken(
      all(frame(front), skippable('', 15), frame(back), skippable('more')),
      5,
      tree,
      SINCE_23,
    ),
  },
  'zstd with a window of up to 8 MiB': {
    '8 MiB': taken(frame(plain, 23), 5, tree, SINCE_23),
  },
  'zstd with a larger window': {
    '16 MiB': noArchive(frame(plain, 24), 'without --long', undefined, ENGINE),
    '1 GiB': noArchive(frame(plain, 30), 'without --long'),
    '128 MiB, in the second frame': noArchive(
      all(frame(front), frame(back, 27)),
      'without --long',
      undefined,
      ENGINE,
    ),
    'that is all of the content': noArchive(segment(plain, 2 ** 31), 'without --long'),
  },
  'zstd with a dictionary': {
    'which nobody has': noArchive(withDictionary(plain), 'pack it without a dictionary'),
  },
  'zstd with bytes after it': {
    garbage: refused(all(frame(plain), garbage), 'd/f', 'make it anew'),
    zeros: refused(all(frame(plain), Buffer.alloc(100)), 'd/f', 'make it anew'),
  },
  'Corrupt zstd': {
    'cut off': refused(all(frame(plain), skippable('abcd').subarray(0, 10)), 'd/f', 'make it anew'),
    'with a checksum that is wrong': refused(withChecksum(plain, 1), 'd/f', 'make it anew'),
    'with a byte changed': noArchive(changed(PACKED, 40)),
    'of another length than it says': refused(segment(plain, plain.length + 1), 'd/f', 'make it anew'),
    'with a block of no type': noArchive(wrongBlock(3, 5)),
    'with a block that is too long': noArchive(wrongBlock(1, 200_000)),
  },
  'bzip2, xz, zip, 7z and lz4': Object.fromEntries(
    Object.entries({
      bzip2: 'BZh91AY&SY',
      xz: '\xfd7zXZ\0',
      zip: 'PK\x03\x04',
      '7z': '7z\xbc\xaf',
      lz4: '\x04"M\x18',
    }).map(([name, magic]) => [
      name,
      noArchive(Buffer.from(magic.padEnd(600, '\0'), 'latin1'), 'make one by'),
    ]),
  ),
};
