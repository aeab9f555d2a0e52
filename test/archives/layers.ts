import { noArchive, type Rows, refused, taken } from './row.ts';
import { archive, directory, entry, file, hardLink, long, symlink } from './tar-bytes.ts';

const ONE = 'leave one of them out';
const json = (value: unknown): string => JSON.stringify(value);

/** Files by their names, with their contents. */
type Files = Readonly<Record<string, string>>;

const packed = (files: Files): Buffer =>
  archive(...Object.entries(files).map(([name, data]) => file(name, data)));
const sizeOf = (files: Files): number => Object.values(files).join('').length;

const saved = (...layers: readonly string[]): Files => ({
  'layer.tar': archive(file('a', 'x')).toString('latin1'),
  'config.json': '{}',
  'manifest.json': json([{ Config: 'config.json', RepoTags: ['app:1'], Layers: layers }]),
});
const layout = (root: string): Files => ({
  [`${root}blobs/sha256/${'0'.repeat(64)}`]: '{}',
  [`${root}index.json`]: json({ schemaVersion: 2, manifests: [] }),
  [`${root}oci-layout`]: json({ imageLayoutVersion: '1.0.0' }),
});
const PUSHED = { others: ['docker', 'containerd'] } as const;

export const layers: Rows = {
  'Whiteouts of the layer below': {
    'of a file': taken(archive(file('.wh.lower')), 0, { lower: 'gone' }),
    'of a directory': taken(archive(file('.wh.low')), 0, { low: 'gone' }),
    'of what is not there': taken(archive(file('no/.wh.nothing')), 0, {
      'no/nothing': 'gone',
      no: 'directory',
    }),
    'of all that a directory has': taken(archive(file('low/.wh..wh..opq'), file('low/new', 'x')), 1, {
      'low/new': 'file',
      low: 'directory',
    }),
    'of all that there is': taken(archive(file('.wh..wh..opq'), file('new', 'x')), 1, { new: 'file' }),
    'that is a directory, or has data': taken(archive(directory('.wh.lower/'), file('.wh.low', 'data')), 4, {
      lower: 'gone',
      low: 'gone',
    }),
    'that is a link': taken(archive(symlink('.wh.lower', 'x')), 0, { lower: 'gone' }),
    'of a name of three dots': taken(archive(file('.wh....')), 0, { '...': 'gone' }),
    'of a name of 255 bytes': taken(archive(long('L', `.wh.${'n'.repeat(255)}`), file('x')), 0, {
      ['n'.repeat(255)]: 'gone',
    }),
    'before what comes in the place': taken(archive(file('.wh.x'), file('x', 'new')), 3, { x: 'file' }),
  },
  'Whiteouts without a name: `.wh.`, `.wh..` and `.wh...`': Object.fromEntries(
    ['.wh.', '.wh..', '.wh...', 'd/.wh..'].map((name) => [
      name,
      refused(archive(file(name)), name, 'leave it out'),
    ]),
  ),
  'A whiteout of more than 255 bytes': {
    'of which the prefix does not count': refused(
      archive(long('L', `.wh.${'n'.repeat(256)}`), file('x')),
      `.wh.${'n'.repeat(256)}`,
      'shorten it',
    ),
  },
  'A whiteout of a path in the same archive, or twice': {
    'behind a file': refused(archive(file('x', '1'), file('.wh.x')), '.wh.x', ONE),
    'behind a directory that something is in': refused(
      archive(file('x/y', '1'), file('.wh.x')),
      '.wh.x',
      ONE,
    ),
    twice: refused(archive(file('.wh.x'), file('.wh.x')), '.wh.x', ONE),
  },
  'Names of AUFS, such as `.wh..wh.plnk`': {
    'which mean nothing': taken(
      archive(file('.wh..wh.aufs'), directory('.wh..wh.orph/'), directory('.wh..wh.plnk/')),
      0,
    ),
    'of which others are links': taken(
      archive(file('.wh..wh.plnk/1.2', 'x'), hardLink('h', '.wh..wh.plnk/1.2')),
      1,
      {
        h: 'file',
      },
    ),
  },
  'A character device 0:0': {
    'which an overlay takes for a whiteout': taken(archive(entry({ name: 'lower', type: '3' })), 0),
  },
  'A whole image, pushed as a layer': {
    'as `docker save` writes it': noArchive(
      packed(saved('layer.tar')),
      'taskport image push LOCATION/NAME:TAG FILE',
      undefined,
      PUSHED,
    ),
    'as an OCI archive': noArchive(
      packed(layout('')),
      'taskport image push LOCATION/NAME:TAG FILE',
      undefined,
      PUSHED,
    ),
    'as an OCI archive made from within': noArchive(
      packed(layout('./')),
      'taskport image push LOCATION/NAME:TAG FILE',
      undefined,
      PUSHED,
    ),
  },
  'A whole image in a volume': {
    'as an OCI archive': taken(
      packed(layout('')),
      sizeOf(layout('')),
      { 'oci-layout': 'file' },
      { as: 'volume' },
    ),
  },
  'Files with some names of a whole image': {
    'a manifest of its own': taken(packed({ 'manifest.json': '{"name":"app"}', 'index.html': '' }), 14),
    'a manifest of layers that are not there': taken(packed(saved('other.tar')), sizeOf(saved('other.tar'))),
    'an index of its own': taken(packed({ 'index.json': '{}', 'blobs/sha256/x': '', 'oci-layout': '{}' }), 4),
    'a manifest that is no JSON': taken(packed({ 'manifest.json': '[' }), 1),
    'a layout that is not at the root': taken(packed(layout('cache/')), sizeOf(layout('cache/'))),
  },
};
