import { type Rows, refused, taken } from './row.ts';
import {
  archive,
  base256,
  directory,
  entry,
  extended,
  file,
  hardLink,
  oldSparse,
  padded,
  paxSparse,
  symlink,
} from './tar-bytes.ts';

const LEAVE_OUT = 'leave';
const DOCKER = { others: ['docker'] } as const;
const MIB = 2 ** 20;
const half = 'a'.repeat(512);
const pieces = [
  [0, half],
  [MIB, half],
] as const;

const sparseRecords = (more: Record<string, string>) =>
  extended({
    'GNU.sparse.major': '1',
    'GNU.sparse.minor': '0',
    'GNU.sparse.name': 's',
    'GNU.sparse.realsize': '4096',
    ...more,
  });
const map = (text: string) => padded(Buffer.from(text));

export const entries: Rows = {
  'Files, directories, links, pipes and devices': {
    'one of each': taken(
      archive(
        directory('d/'),
        file('d/f', 'hello'),
        symlink('d/s', 'f'),
        hardLink('d/h', 'd/f'),
        entry({ name: 'p', type: '6' }),
        entry({ name: 'null', type: '3', devmajor: 1, devminor: 3 }),
        entry({ name: 'disk', type: '4', devmajor: 8, devminor: 0 }),
      ),
      5,
      {
        d: 'directory',
        'd/f': 'file',
        'd/s': 'symlink',
        'd/h': 'file',
        p: 'pipe',
        null: 'device',
        disk: 'device',
      },
    ),
  },
  'A size of an entry without data': {
    'of a directory': taken(archive(entry({ name: 'd/', type: '5', size: 512 }), file('after', 'x')), 1, {
      d: 'directory',
      after: 'file',
    }),
    'of a symbolic link': taken(
      archive(entry({ name: 'l', type: '2', linkname: 'x', size: 512 }), file('after', 'x')),
      1,
      { l: 'symlink', after: 'file' },
    ),
    'of a hard link': taken(
      archive(file('a', 'x'), entry({ name: 'h', type: '1', linkname: 'a', size: 1 }), file('after', 'x')),
      2,
      { h: 'file', after: 'file' },
    ),
  },
  'A file whose name ends with a slash': {
    'of the type of POSIX': taken(archive(entry({ name: 'f/' }, 'hello')), 5, { f: 'file' }),
  },
  'The root, by any name': {
    'a directory': taken(archive(directory('./'), file('./a', 'x')), 1, { a: 'file' }),
    'without a name': taken(archive(entry({ name: '', type: '5' }), file('a', 'x')), 1, { a: 'file' }),
    'by way of another': taken(archive(directory('a/..'), file('b', 'x')), 1, { a: 'none', b: 'file' }),
    'that is said to be a file': taken(archive(entry({ name: '.' }, 'x'), file('a', 'x')), 2, { a: 'file' }),
  },
  'A path twice': {
    'two files': taken(archive(file('a', '12345'), file('a', '123')), 8, { a: 'file' }, DOCKER),
    'a file, then a directory': taken(
      archive(file('a', 'x'), directory('a/')),
      1,
      { a: 'directory' },
      DOCKER,
    ),
    'a symbolic link, then a directory': taken(
      archive(directory('usr/'), symlink('l', 'usr'), directory('l/'), file('l/f', 'x')),
      1,
      { 'l/f': 'file', 'usr/f': 'none' },
      DOCKER,
    ),
  },
  'A file that replaces a directory with contents': {
    'which goes with it': taken(archive(file('d/x', 'x'), file('d', 'y')), 2),
  },
  'An entry below a file': {
    'a file': refused(archive(file('f', 'x'), file('f/g', 'x')), 'f/g', LEAVE_OUT),
    'a directory': refused(archive(file('f', 'x'), directory('f/g/')), 'f/g/', LEAVE_OUT),
    'a hard link to it': refused(archive(file('a', 'x'), hardLink('a/b', 'a')), 'a/b', LEAVE_OUT),
  },
  'A device number that Linux does not have': {
    'of too large a number': refused(
      archive(entry({ name: 'c', type: '3', devmajor: 4096, devminor: 3 })),
      'c',
      LEAVE_OUT,
      { others: ['docker', 'containerd'] },
    ),
    'of a negative one': refused(
      archive(entry({ name: 'c', type: '4', devmajor: base256(-1n, 8), devminor: 3 })),
      'c',
      LEAVE_OUT,
      { others: ['docker', 'containerd'] },
    ),
  },
  'Contiguous files': {
    'of type 7': refused(archive(entry({ name: 'c', type: '7' }, 'hello')), 'c', 'pack it anew'),
  },
  'Labels, incremental archives, and those of several volumes': {
    'a label': refused(archive(entry({ name: 'backup', type: 'V' }), file('a')), 'backup', 'without --label'),
    'a directory of an incremental one': refused(
      archive(entry({ name: 'd/', type: 'D' }, 'Yf\0')),
      'd/',
      'without --incremental',
    ),
    'a file that goes on': refused(
      archive(entry({ name: 'f', type: 'M' }, 'x')),
      'f',
      'without --multi-volume',
    ),
  },
  'Unknown types': Object.fromEntries(
    [...'89AINXsz?'].map((type) => [type, refused(archive(entry({ name: 'u', type }, 'x')), 'u', LEAVE_OUT)]),
  ),
  'Files with holes, in the old format of GNU': {
    'with its map in the header': taken(
      archive(oldSparse('s', pieces, MIB + 512), file('after', 'x')),
      MIB + 513,
      { s: 'file', after: 'file' },
      { others: ['docker', 'containerd'] },
    ),
    'with its map in blocks behind it': taken(
      archive(
        oldSparse(
          's',
          Array.from({ length: 30 }, (_, at) => [at * 10_240, half] as const),
          400_000,
        ),
      ),
      400_000,
      { s: 'file' },
      { others: ['docker', 'containerd'] },
    ),
  },
  'Files with holes, in the formats of pax': {
    '0.0': taken(archive(paxSparse('0.0', 's', pieces, MIB + 512), file('after', 'x')), MIB + 513, {
      s: 'file',
      after: 'file',
    }),
    '0.1': taken(archive(paxSparse('0.1', 's', pieces, MIB + 512), file('after', 'x')), MIB + 513, {
      s: 'file',
      after: 'file',
    }),
    '1.0': taken(archive(paxSparse('1.0', 's', pieces, MIB + 512), file('after', 'x')), MIB + 513, {
      s: 'file',
      after: 'file',
      'GNUSparseFile.0': 'none',
    }),
    'nothing but a hole': taken(archive(paxSparse('1.0', 's', [], MIB)), MIB, { s: 'file' }),
    'of many pieces': taken(
      archive(
        paxSparse(
          '1.0',
          's',
          Array.from({ length: 500 }, (_, at) => [at * 4096, half] as const),
          4 * MIB,
        ),
      ),
      4 * MIB,
      { s: 'file' },
    ),
  },
  'Files with holes, in a future format': {
    'are taken as the archive has them': taken(
      archive(sparseRecords({ 'GNU.sparse.major': '2' }), file('x', 'hello')),
      5,
      {
        x: 'file',
      },
    ),
  },
  'Holes that contradict their description': {
    'less data': refused(
      archive(sparseRecords({}), file('x', Buffer.concat([map('1\n0\n1024\n'), Buffer.alloc(512)]))),
      'x',
      'make the archive anew',
    ),
    'more data': refused(
      archive(sparseRecords({}), file('x', Buffer.concat([map('1\n0\n512\n'), Buffer.alloc(1024)]))),
      'x',
      'make the archive anew',
    ),
    'out of order': refused(
      archive(
        paxSparse(
          '0.1',
          's',
          [
            [1024, half],
            [0, half],
          ],
          4096,
        ),
      ),
      'GNUSparseFile.0/s',
      'make the archive anew',
    ),
    'beyond the end': refused(archive(oldSparse('s', [[4096, half]], 100)), 's', 'make the archive anew'),
    'without an end': refused(
      archive(sparseRecords({}), file('x', map('99999999\n'))),
      'x',
      'make the archive anew',
    ),
    'in a format that has none': refused(
      archive(entry({ name: 's', type: 'S' }, 'hello')),
      's',
      'make the archive anew',
    ),
  },
};
