import { type Rows, refused, taken } from './row.ts';
import { archive, directory, entry, extended, file, hardLink, long, symlink } from './tar-bytes.ts';

const WITHIN = 'pack it from within its root';
const SHORTEN = 'shorten it';
const WHERE_IT_IS = 'pack it under its final path, without links on the way';
const FIRST = 'put both into one archive, that one first';
const ENGINES = { others: ['docker', 'containerd'] } as const;
const CONTAINERD = { others: ['containerd'] } as const;
const DOCKER = { others: ['docker'] } as const;

const named = (name: string | Uint8Array): Buffer => archive(long('L', name), file('x', 'x'));
const path = (length: number): string => `${`${'p'.repeat(99)}/`.repeat(60).slice(0, length - 1)}f`;
const chain = (length: number): Buffer[] => [
  directory('d/'),
  symlink('l0', 'd'),
  ...Array.from({ length: length - 1 }, (_, at) => symlink(`l${at + 1}`, `l${at}`)),
  file(`l${length - 1}/f`, 'x'),
];

export const names: Rows = {
  'Absolute names, `./`, `//` and `in/../up`': {
    'from the root': taken(archive(file('/abs', 'x')), 1, { abs: 'file' }),
    'from where one is': taken(archive(file('./a//b/./c', 'x')), 1, { 'a/b/c': 'file' }),
    'down and up again, through what is not there': taken(archive(file('in/../up', 'x')), 1, {
      up: 'file',
      in: 'none',
    }),
    'down and up again, through a link': taken(
      archive(directory('far/away/'), symlink('in', 'far/away'), file('in/../up', 'x')),
      1,
      { up: 'file', 'far/up': 'none' },
    ),
  },
  'Names that leave the root': {
    ...Object.fromEntries(
      ['../x', 'a/../../x', '/../x'].map((name) => [
        name,
        refused(archive(file('a', 'x'), file(name, 'x')), name, WITHIN, ENGINES),
      ]),
    ),
    '..': refused(archive(file('..', 'x')), '..', WITHIN, CONTAINERD),
    './a/../..': refused(archive(directory('./a/../..')), './a/../..', WITHIN, ENGINES),
  },
  'Names of 255 bytes, and paths of 3,840': {
    'a name': taken(named('n'.repeat(255)), 1, { ['n'.repeat(255)]: 'file' }),
    'a path': taken(named(path(3840)), 1, { [path(3840)]: 'file' }),
  },
  'Longer names, and longer paths': {
    'a name': refused(named('n'.repeat(256)), 'n'.repeat(256), SHORTEN),
    'the name of a directory on the way': refused(
      named(`${'n'.repeat(256)}/f`),
      `${'n'.repeat(256)}/f`,
      SHORTEN,
    ),
    'in characters of two bytes': refused(named('é'.repeat(128)), 'é'.repeat(128), SHORTEN),
    'a path that may fit': refused(named(path(3841)), path(3841), SHORTEN, ENGINES),
    'a path that fits nowhere': refused(named(path(5000)), path(5000).slice(0, 4096), SHORTEN),
  },
  'Names that are not UTF-8, and all characters except the zero byte': {
    'Latin-1': taken(archive(file(Buffer.from('caf\xe9', 'latin1'), 'x')), 1),
    'Latin-1 in an extended header': taken(
      archive(extended({ path: Buffer.from('caf\xe9', 'latin1') }), file('x', 'x')),
      1,
    ),
    'UTF-8': taken(archive(file('日本/é', 'x')), 1, { '日本/é': 'file', 日本: 'directory' }),
    'a backslash and a new line': taken(archive(file('a\\b\nc', 'x')), 1, { 'a\\b\nc': 'file' }),
  },
  'A zero byte in a name': {
    'of a header, which ends there': taken(archive(file('a\0b', 'x')), 1, { a: 'file' }),
    'of GNU, which ends there': taken(named('a\0b'), 1, { a: 'file' }),
  },
  'A zero byte in a path of pax': {
    'of the entry': refused(
      archive(extended({ path: 'a\0b' }), file('x', 'x')),
      'PaxHeaders/0',
      'make the archive anew',
    ),
  },
  'Symbolic links to any target': {
    absolute: taken(archive(symlink('l', '/etc/passwd')), 0, { l: 'symlink' }),
    'above the root': taken(archive(symlink('l', '../../../etc'), symlink('m', '/../../x')), 0, {
      l: 'symlink',
      m: 'symlink',
    }),
    'to what is not there': taken(archive(symlink('l', 'nowhere')), 0, { l: 'symlink' }),
    'in a circle': taken(archive(symlink('a', 'b'), symlink('b', 'a')), 0, { a: 'symlink', b: 'symlink' }),
    'to a path of 4,095 bytes': taken(
      archive(extended({ linkpath: 'p'.repeat(4095) }), symlink('l', 'x')),
      0,
      {
        l: 'symlink',
      },
    ),
  },
  'Symbolic links that Linux cannot make': {
    'to nothing': refused(archive(symlink('l', '')), 'l', 'leave it out'),
    'to a path of 4,096 bytes': refused(
      archive(long('K', 'p'.repeat(4096)), symlink('l', 'x')),
      'l',
      SHORTEN,
    ),
  },
  'Entries whose path follows a symbolic link': {
    'is where it leads': taken(archive(directory('usr/'), symlink('l', 'usr'), file('l/f', 'x')), 1, {
      l: 'symlink',
      'usr/f': 'file',
    }),
    'which is absolute': taken(archive(directory('usr/'), symlink('l', '/../usr'), file('l/f', 'x')), 1, {
      'usr/f': 'file',
    }),
    'which has another name': taken(
      archive(directory('usr/'), symlink('l', 'usr'), hardLink('m', 'l'), file('m/f', 'x')),
      1,
      { 'usr/f': 'file', m: 'symlink' },
    ),
    'of forty': taken(archive(...chain(40)), 1, { 'd/f': 'file' }),
  },
  'Entries whose path follows a link to a path outside the archive': {
    'is there, in directories that are made': taken(
      archive(symlink('l', 'usr/lib'), file('l/f', 'x')),
      1,
      { 'usr/lib/f': 'file' },
      DOCKER,
    ),
  },
  'Entries whose path follows a link that leaves the root, is circular, or leads to a file': {
    'out of the root': refused(
      archive(symlink('l', '../../etc'), file('l/passwd', 'x')),
      'l/passwd',
      WHERE_IT_IS,
      CONTAINERD,
    ),
    'out of the root by two': refused(
      archive(directory('a/'), symlink('a/up', '..'), symlink('l', 'a/up/..'), file('l/x', 'x')),
      'l/x',
      WHERE_IT_IS,
      ENGINES,
    ),
    'in a circle': refused(
      archive(symlink('a', 'b'), symlink('b', 'a'), file('a/x', 'x')),
      'a/x',
      WHERE_IT_IS,
    ),
    'by forty-one': refused(archive(...chain(41)), 'l40/f', WHERE_IT_IS, CONTAINERD),
    'to a file': refused(
      archive(file('f', 'x'), symlink('l', 'f'), file('l/x', 'x')),
      'l/x',
      'leave one of them out',
    ),
  },
  'Hard links to an earlier entry': {
    'by an absolute name': taken(archive(file('a', 'x'), hardLink('h', '/a')), 1, { h: 'file' }),
    'by a name that is not clean': taken(archive(file('a', 'x'), hardLink('h', './b/../a')), 1, {
      h: 'file',
    }),
    'by way of a link': taken(archive(file('d/a', 'x'), symlink('s', 'd'), hardLink('h', 's/a')), 1, {
      h: 'file',
    }),
    'to a hard link': taken(archive(file('a', 'x'), hardLink('b', 'a'), hardLink('c', 'b')), 1, {
      c: 'file',
    }),
    'to a symbolic link': taken(archive(symlink('s', 'a'), hardLink('h', 's')), 0, { h: 'symlink' }),
    'to a pipe': taken(archive(entry({ name: 'p', type: '6' }), hardLink('h', 'p')), 0, { h: 'pipe' }),
  },
  'Hard links to any other path': {
    'to what is nowhere': refused(archive(hardLink('h', 'nowhere')), 'h', FIRST),
    'to what comes later': refused(archive(hardLink('h', 'a'), file('a', 'x')), 'h', FIRST),
    'to what the layer below has': refused(archive(hardLink('h', 'lower')), 'h', FIRST),
    'by way of a link that the layer below has': refused(archive(hardLink('h', 'lowlink/file')), 'h', FIRST),
  },
  'Hard links to themselves, to a directory, and out of the root': {
    'to itself': refused(archive(file('a', 'x'), hardLink('a', './a')), 'a', 'leave it out'),
    'to a directory': refused(archive(directory('d/'), hardLink('h', 'd')), 'h', 'make it a symbolic link'),
    'to the root': refused(archive(hardLink('h', '.')), 'h', 'make it a symbolic link'),
    'to nothing': refused(archive(hardLink('h', '')), 'h', 'make it a symbolic link'),
    'out of the root': refused(archive(file('a', 'x'), hardLink('h', '../a')), 'h', WITHIN, ENGINES),
  },
  'Hard links with data': {
    'which is taken for a header': refused(
      archive(file('a', 'x'), entry({ name: 'h', type: '1', linkname: 'a' }, 'data')),
      'h',
      'make it anew',
    ),
  },
};
