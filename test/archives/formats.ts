import { noArchive, type Rows, refused, taken } from './row.ts';
import { archive, BLOCK, base256, END, entry, extended, file, header, padded } from './tar-bytes.ts';

const hello = { 'd/f': 'file', d: 'directory' } as const;
const ANEW = 'make the archive anew';

export const formats: Rows = {
  'V7, which has no magic': {
    'a directory by its slash': taken(
      archive(
        entry({ name: 'd/', type: '\0' }, '', { format: 'v7' }),
        entry({ name: 'd/f', type: '\0' }, 'hello', { format: 'v7' }),
      ),
      5,
      hello,
    ),
    'with the types of POSIX': taken(archive(entry({ name: 'd/f' }, 'hello', { format: 'v7' })), 5, hello),
  },
  'POSIX ustar, also with a prefix': {
    'without a prefix': taken(archive(file('d/f', 'hello')), 5, hello),
    'with one': taken(archive(entry({ name: 'f', prefix: 'd' }, 'hello')), 5, hello),
    'of a version that is none': taken(
      archive(entry({ name: 'f', prefix: 'd', magic: 'ustar\0  ' }, 'hello')),
      5,
      hello,
    ),
  },
  'POSIX pax': {
    'path and size': taken(
      archive(
        extended({ path: 'd/f', size: '5' }),
        header({ name: 'x', size: 0 }),
        padded(Buffer.from('hello')),
      ),
      5,
      hello,
    ),
  },
  GNU: {
    'as GNU tar writes it': taken(archive(entry({ name: 'd/f' }, 'hello', { format: 'gnu' })), 5, hello),
    'with the prefix that Go wrote before 1.8': taken(
      archive(entry({ name: 'f', prefix: 'd' }, 'hello', { format: 'gnu' })),
      5,
      hello,
    ),
    'with the times that stand there': taken(
      archive(entry({ name: 'f', prefix: '14724024573 14724024573 ' }, 'hello', { format: 'gnu' })),
      5,
      { f: 'file' },
    ),
  },
  star: {
    'with its shorter prefix': taken(
      archive(entry({ name: 'f', prefix: 'd', trailer: 'tar\0' }, 'hello')),
      5,
      hello,
    ),
  },
  'A header checksum of signed bytes': {
    'in a name that is no ASCII': taken(archive(entry({ name: 'é' }, 'x', { sum: 'signed' })), 1, {
      é: 'file',
    }),
  },
  'A wrong header checksum': {
    'of the first entry': noArchive(archive(entry({ name: 'a' }, 'x', { sum: 'wrong' }))),
    'of another': refused(
      archive(file('a', 'x'), entry({ name: 'b' }, 'x', { sum: 'wrong' })),
      'a',
      'make it anew',
    ),
    'that is none': noArchive(archive(entry({ name: 'a', checksum: '' }, 'x'))),
  },
  'Data that is no tar archive': {
    text: noArchive(Buffer.from('not an archive at all, but rather some text\n'.repeat(40))),
    'nothing, of which the engines make an empty layer': noArchive(Buffer.alloc(0), undefined, undefined, {
      others: ['docker', 'containerd'],
    }),
    'less than a block': noArchive(Buffer.alloc(BLOCK - 1)),
  },
  'Only the end mark': {
    'two blocks of zeros': taken(END, 0),
    one: taken(Buffer.alloc(BLOCK), 0),
    many: taken(Buffer.alloc(20 * BLOCK), 0),
  },
  'No end mark, or half of it': {
    none: taken(Buffer.concat([file('a', 'x'), file('b', 'hello')]), 6, { a: 'file', b: 'file' }),
    half: taken(Buffer.concat([file('a', 'x'), Buffer.alloc(BLOCK)]), 1, { a: 'file' }),
  },
  'A last entry that is not padded to a block': {
    'at all, as `umoci insert` leaves it': taken(
      Buffer.concat([file('a', 'x'), header({ name: 'b', size: 5 }), Buffer.from('hello')]),
      6,
      { a: 'file', b: 'file' },
    ),
    'to its end': taken(
      Buffer.concat([
        file('a', 'x'),
        header({ name: 'b', size: 5 }),
        Buffer.from('hello'),
        Buffer.alloc(100),
      ]),
      6,
      { b: 'file' },
    ),
  },
  'Half an end mark, and bytes after it': {
    'an entry': refused(
      Buffer.concat([file('a', 'x'), Buffer.alloc(BLOCK), file('b', 'y'), END]),
      'a',
      'make it anew',
    ),
    'part of a block': refused(
      Buffer.concat([file('a', 'x'), Buffer.alloc(BLOCK + 100)]),
      'a',
      'make it anew',
    ),
  },
  'Bytes after the end mark': {
    'that are anything': taken(Buffer.concat([archive(file('a', 'x')), Buffer.from('anything')]), 1, {
      a: 'file',
    }),
    'that are zeros': taken(Buffer.concat([archive(file('a', 'x')), Buffer.alloc(9000)]), 1, { a: 'file' }),
  },
  'Two archives in one file': {
    'of which the second is not looked at': taken(
      Buffer.concat([archive(file('a', 'x')), archive(file('b', 'yy'))]),
      1,
      { a: 'file', b: 'none' },
    ),
  },
  'A truncated archive': {
    'in the data of an entry': refused(
      Buffer.concat([file('a', 'x'), header({ name: 'b', size: 500 }), Buffer.from('hello')]),
      'b',
      ANEW,
    ),
    'in a header': refused(
      Buffer.concat([file('a', 'x'), header({ name: 'b' }).subarray(0, 300)]),
      'a',
      'make it anew',
    ),
    'in an extended header': refused(
      extended({ path: 'a'.repeat(2000) }).subarray(0, 1000),
      'PaxHeaders/0',
      ANEW,
    ),
  },
  'Numbers in base 256, in octal without a terminator, and empty numbers': {
    'a size': taken(archive(entry({ name: 'a', size: base256(5n) }, 'hello')), 5, { a: 'file' }),
    'an owner': taken(archive(entry({ name: 'a', uid: base256(3_000_000n, 8), gid: base256(-2n, 8) })), 0, {
      a: 'file',
    }),
    'digits to the end': taken(archive(entry({ name: 'a', size: '000000000005' }, 'hello')), 5),
    'digits behind spaces': taken(archive(entry({ name: 'a', size: '         5 ' }, 'hello')), 5),
    'no digits': taken(archive(entry({ name: 'a', size: Buffer.alloc(12) })), 0),
    'a negative size of a directory, which has no data': taken(
      archive(entry({ name: 'd', type: '5', size: base256(-5n) })),
      0,
      { d: 'directory' },
    ),
  },
  'An invalid size': {
    'below nothing': refused(archive(entry({ name: 'a', size: base256(-5n) }, 'hello')), 'a', ANEW),
    'no number': refused(archive(entry({ name: 'a', size: '-5' })), 'a', ANEW),
    'more than 64 bits': refused(archive(entry({ name: 'a', size: base256(2n ** 70n) }, 'hello')), 'a', ANEW),
    'more than there is': refused(
      archive(entry({ name: 'a', size: base256(2n ** 35n) }, 'hello')),
      'a',
      ANEW,
    ),
    'more than fits anywhere': refused(
      archive(entry({ name: 'a', size: base256(2n ** 62n) }, 'hello')),
      'a',
      'several',
    ),
  },
  'Another field that is no number': {
    mode: refused(archive(entry({ name: 'a', mode: 'rw' })), 'a', ANEW),
    owner: refused(archive(entry({ name: 'a', uid: 'root' })), 'a', ANEW),
    group: refused(archive(entry({ name: 'a', gid: '9' })), 'a', ANEW),
    time: refused(archive(entry({ name: 'a', mtime: 'now' })), 'a', ANEW),
    device: refused(archive(entry({ name: 'a', devmajor: 'zz' })), 'a', ANEW),
  },
  'Any time': {
    'before 1970': taken(archive(entry({ name: 'a', mtime: base256(-86_400n * 365n) })), 0),
    'after 2038': taken(archive(entry({ name: 'a', mtime: 2_208_988_800 })), 0),
    'after 2242': taken(archive(entry({ name: 'a', mtime: base256(2n ** 40n) })), 0),
    'in parts of a second': taken(
      archive(extended({ mtime: '-1.5', atime: '8589934592.123456789012' }), file('a')),
      0,
    ),
  },
};
