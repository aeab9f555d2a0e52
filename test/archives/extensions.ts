import { type Rows, refused, taken } from './row.ts';
import { archive, END, entry, extended, file, long, symlink } from './tar-bytes.ts';

const ANEW = 'make the archive anew';
const MIB = 2 ** 20;
const x = file('x', 'x');
const raw = (records: string): Buffer => archive(entry({ name: 'PaxHeaders/0', type: 'x' }, records), x);
const said = (records: Record<string, string | Uint8Array>): Buffer => archive(extended(records), x);
const xattr = (name: string, value: string | Uint8Array): Buffer => said({ [`SCHILY.xattr.${name}`]: value });
const capability = (revision: number, length: number): Buffer => {
  const bytes = Buffer.alloc(length);
  bytes[3] = revision;
  return bytes;
};

export const extensions: Rows = {
  'Long names of GNU': {
    'a name and a target': taken(
      archive(long('K', 't'.repeat(300)), long('L', `d/${'n'.repeat(200)}`), symlink('x', 'y')),
      0,
      { [`d/${'n'.repeat(200)}`]: 'symlink' },
    ),
    'an empty one': taken(archive(entry({ name: 'l', type: 'L' }, '', { format: 'gnu' }), x), 1, {
      x: 'file',
    }),
    'none follows': taken(Buffer.concat([x, long('L', 'zzz'), END]), 1, { x: 'file', zzz: 'none' }),
  },
  'Records of pax': {
    'a path': taken(said({ path: 'one/two' }), 1, { 'one/two': 'file', x: 'none' }),
    'the last of several': taken(
      archive(
        extended([
          ['path', 'one'],
          ['path', 'two'],
        ] as const),
        x,
      ),
      1,
      { two: 'file', one: 'none' },
    ),
    'the last of several headers': taken(
      archive(extended({ path: 'one' }), extended({ path: 'two' }), x),
      1,
      {
        two: 'file',
        one: 'none',
      },
    ),
    'beside a long name of GNU, which counts': taken(
      archive(extended({ path: 'one' }), long('L', 'two'), x),
      1,
      {
        two: 'file',
        one: 'none',
      },
    ),
    'an empty value, which says nothing': taken(said({ path: '', mtime: '' }), 1, { x: 'file' }),
    'none at all': taken(raw(''), 1, { x: 'file' }),
    'that nobody knows': taken(said({ 'LIBARCHIVE.creationtime': '1', comment: 'anything' }), 1, {
      x: 'file',
    }),
    'no entry follows': taken(Buffer.concat([x, extended({ path: 'one' }), END]), 1, {
      x: 'file',
      one: 'none',
    }),
  },
  'Malformed records of pax': {
    'longer than the rest': refused(raw('12 path=x'), 'PaxHeaders/0', ANEW),
    'without a length': refused(raw('zz path=x\n'), 'PaxHeaders/0', ANEW),
    'of no length': refused(raw('0 path=x\n'), 'PaxHeaders/0', ANEW),
    'without an end': refused(raw('9 path=xyz'), 'PaxHeaders/0', ANEW),
    'without a value': refused(raw('9 pathx\n\n'), 'PaxHeaders/0', ANEW),
    'without a key': refused(raw('6 =xx\n'), 'PaxHeaders/0', ANEW),
  },
  'Records of pax with impossible values': {
    size: refused(said({ size: 'x' }), 'x', ANEW),
    'a size below nothing': refused(said({ size: '-1' }), 'x', ANEW),
    owner: refused(said({ uid: 'root' }), 'x', ANEW),
    group: refused(said({ gid: '1.5' }), 'x', ANEW),
    time: refused(said({ mtime: 'yesterday' }), 'x', ANEW),
    'a time of more than 64 bits': refused(said({ atime: '99999999999999999999' }), 'x', ANEW),
    'a time without seconds': refused(said({ ctime: '.5' }), 'x', ANEW),
    'a zero byte in the name of the owner': refused(said({ uname: 'a\0b' }), 'PaxHeaders/0', ANEW),
  },
  'A header of pax or of GNU of 1 MiB': {
    'of pax': taken(said({ comment: 'x'.repeat(MIB - 17) }), 1, { x: 'file' }),
  },
  'A header of pax or of GNU of more': {
    'of pax': refused(said({ comment: 'x'.repeat(MIB) }), 'PaxHeaders/0', ANEW),
    'of GNU': refused(archive(long('L', 'x/'.repeat(600_000)), x), '././@LongLink', ANEW),
    'of as much as there is not': refused(
      archive(entry({ name: 'p', type: 'x', size: 2 ** 32 }, '')),
      'p',
      ANEW,
    ),
  },
  'A global header of pax': {
    'as `git archive` writes it': taken(archive(extended({ comment: '0123abcd' }, 'g'), x), 1, { x: 'file' }),
    'of a path and a size': taken(archive(extended({ path: 'all', size: '5' }, 'g'), x), 1, {
      x: 'file',
      all: 'none',
    }),
    'of what cannot be': taken(archive(extended({ mtime: 'zz' }, 'g'), x), 1, { x: 'file' }),
    'behind one of the entry, which is lost': taken(
      archive(extended({ path: 'one' }), extended({}, 'g'), x),
      1,
      {
        x: 'file',
        one: 'none',
      },
    ),
  },
  'Extended attributes': {
    'of a user, with a zero byte': taken(xattr('user.note', 'a\0b'), 4),
    'the capabilities of a file': taken(xattr('security.capability', capability(2, 20)), 21),
    'those of a user namespace': taken(xattr('security.capability', capability(3, 24)), 25),
    'a name of 255 bytes': taken(xattr(`user.${'n'.repeat(250)}`, ''), 1),
    'of a symbolic link': taken(archive(extended({ 'SCHILY.xattr.user.note': 'x' }), symlink('l', 'x')), 1),
    'of an overlay, which containerd leaves out': taken(xattr('trusted.overlay.opaque', 'y'), 2),
    'of 64 KiB, for which ext4 has no room': taken(
      xattr('user.v', 'x'.repeat(2 ** 16)),
      2 ** 16 + 1,
      {},
      {
        others: ['docker', 'containerd'],
      },
    ),
  },
  'Extended attributes that no file can have': {
    'a name of 256 bytes': refused(xattr(`user.${'n'.repeat(251)}`, 'x'), 'x', 'leave it out'),
    'without a name': refused(xattr('', 'x'), 'x', 'leave it out'),
    'a value of more than 64 KiB': refused(xattr('user.v', 'x'.repeat(2 ** 16 + 1)), 'x', 'leave it out'),
    'capabilities that are none': refused(xattr('security.capability', 'x'), 'x', 'leave'),
    'capabilities of another length': refused(xattr('security.capability', capability(2, 24)), 'x', 'leave'),
  },
};
