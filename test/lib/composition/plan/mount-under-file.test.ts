/** Storage is mounted on directories: if an archive has a file at the mount path or above it, there is no plan. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withKnownPaths } from '../../../../lib/composition/known-paths.ts';
import type { PlannedStorage } from '../../../../lib/composition/plan/plan-input.ts';
import { measureArchive } from '../../../../lib/element/archive/archive.ts';
import { type ArchiveEntry, archiveOf } from '../../../uploading.ts';
import { reasonsOf, rendered as targets } from './rendered.ts';
import { efsVolume, inputOf, layer, ownRoot, storage } from './some-input.ts';
import { Unpacked } from './unpacked.ts';

type Archives = Readonly<Record<string, readonly ArchiveEntry[]>>;

const VOLUME = 'volume://data/inner';
const OUTER = 'volume://data/outer';
const ELDER = 'image://library/scratch';
const YOUNGER = 'image://library/base';

const volumeAt = (path: string, id = VOLUME) => storage(id, path, []);
/** A root of three archives. */
const MIDDLE = 'image://library/middle';
const root = (...ids: string[]) =>
  storage(
    YOUNGER,
    '/',
    ids.map((id) => layer(id)),
  );

const file = (name: string): ArchiveEntry => ({ name, content: '' });
const directory = (name: string): ArchiveEntry => ({ name, type: 'directory' });
const link = (name: string, linkname: string): ArchiveEntry => ({ name, type: 'symlink', linkname });

const measured = new WeakMap<readonly ArchiveEntry[], ReturnType<typeof measureArchive>>();
/** The contents of an archive, which is measured once. */
const contentsOf = (entries: readonly ArchiveEntry[]): ReturnType<typeof measureArchive> => {
  const contents = measured.get(entries) ?? archiveOf(...entries).then((bytes) => measureArchive(bytes));
  measured.set(entries, contents);
  return contents;
};

/** The reasons of refused mounts, by the storage; equal for every target. Storage without an archive here has unknown paths. */
const refusals = async (
  archives: Archives,
  ...mounted: PlannedStorage[]
): Promise<Record<string, string>> => {
  const blobs = {
    async readPaths(id: string) {
      const { paths } = await contentsOf(archives[id] ?? []);
      return (async function* () {
        yield paths as Uint8Array;
      })();
    },
  };
  const known = await withKnownPaths(blobs, mounted, (id) => (Object.hasOwn(archives, id) ? id : undefined));
  const [first, ...others] = Object.values(targets).map((render) =>
    Object.fromEntries(
      reasonsOf(render(inputOf({ storage: known }))).flatMap(({ path, message }) => {
        const [, id] = /^storage\["(.*)"\]\.mount\.path$/.exec(path) ?? [];
        return id === undefined ? [] : [[id, message]];
      }),
    ),
  );
  for (const other of others) expect(other).toEqual(first);
  return first as Record<string, string>;
};

/** For one volume in a root of archives, the oldest first. */
const refusal = async (
  path: string,
  ...archives: (readonly ArchiveEntry[])[]
): Promise<string | undefined> => {
  const ids = archives.map((_, at) => `image://library/layer-${at + 1}`);
  const named = Object.fromEntries(archives.map((entries, at) => [ids[at], entries]));
  return (await refusals(named, root(...ids), volumeAt(path)))[VOLUME];
};

describe('a mount', () => {
  it.each<[string, string, ArchiveEntry, string]>([
    [
      'below a file',
      '/opt/data',
      file('opt'),
      'is below `/opt`, which is a file in image://library/layer-1: take another path',
    ],
    [
      'far below a file',
      '/a/b/c/d',
      file('a/b'),
      'is below `/a/b`, which is a file in image://library/layer-1: take another path',
    ],
    ['on a file', '/opt/data', file('opt/data'), 'is a file in image://library/layer-1: take another path'],
  ])('%s is refused, and the file is named', async (_, path, entry, message) =>
    expect(await refusal(path, [entry])).toBe(message),
  );

  it.each<[string, string, ArchiveEntry]>([
    ['on a directory', '/opt', directory('opt')],
    ['where nothing is', '/opt/data', file('etc/hosts')],
    ['beside a file of the same beginning', '/opt/data', file('opt/dat')],
    ['below a link, which runtimes follow', '/opt/data', link('opt', 'etc')],
    ['on a link', '/opt', link('opt', 'etc')],
    ['over a file that it hides', '/opt', file('opt/data')],
    ['among the devices, which are not those of the image', '/dev/log', file('dev/log')],
  ])('%s is possible', async (_, path, entry) => expect(await refusal(path, [entry])).toBeUndefined());

  it.each<[string, string | undefined, ArchiveEntry[][]]>([
    ['an elder archive has the file', 'layer-1', [[file('opt')], [file('etc')]]],
    ['a younger one puts a file over a directory', 'layer-2', [[directory('opt')], [file('opt')]]],
    ['a younger one puts a directory over the file', undefined, [[file('opt')], [directory('opt')]]],
    ['a younger one puts something below it', undefined, [[file('opt')], [file('opt/x/y')]]],
    ['a younger one takes it away', undefined, [[file('opt')], [file('.wh.opt')]]],
    ['a younger one empties what it is in', undefined, [[file('opt/data')], [file('opt/.wh..wh..opq')]]],
    [
      'a younger one takes away what it is in',
      undefined,
      [[file('opt/data')], [file('.wh.opt'), file('opt/x')]],
    ],
    ['a younger one empties the root', undefined, [[file('opt')], [file('.wh..wh..opq')]]],
    ['what took it away was not the last word', 'layer-3', [[file('opt')], [file('.wh.opt')], [file('opt')]]],
    ['one takes it away and has its own', 'layer-2', [[file('opt')], [file('.wh.opt'), file('opt')]]],
    ['a file between hid what it is in', undefined, [[file('opt/data')], [file('opt')], [directory('opt')]]],
    [
      'a link between hid what it is in',
      undefined,
      [[file('opt/data')], [link('opt', 'x')], [directory('opt')]],
    ],
  ])('is decided by the latest archive that has the path: %s', async (_, culprit, archives) => {
    const message = await refusal('/opt/data', ...archives);
    expect(message?.match(/layer-\d/)?.[0]).toBe(culprit);
  });

  it('is checked against the surrounding storage only, not the storage around that', async () => {
    const outer = storage(OUTER, '/opt', [layer(OUTER)]);
    const inRoot = { [YOUNGER]: [file('opt/data')], [OUTER]: [] };
    expect(await refusals(inRoot, root(YOUNGER), outer, volumeAt('/opt/data/x'))).toEqual({});
    const inVolume = { [YOUNGER]: [], [OUTER]: [file('data')] };
    expect(await refusals(inVolume, volumeAt('/opt/data/x'), outer, root(YOUNGER))).toEqual({
      [VOLUME]: `is below \`/opt/data\`, which is a file in ${OUTER}: take another path`,
    });
  });

  it('is refused separately: each impossible one is named, and no others', async () => {
    const mounts = ['/opt', '/etc', '/opt/x', '/etc/x', '/mnt'].map((path, at) =>
      volumeAt(path, `volume://data/${at}`),
    );
    expect(
      Object.keys(await refusals({ [YOUNGER]: [file('opt'), file('mnt')] }, root(YOUNGER), ...mounts)),
    ).toEqual(['volume://data/0', 'volume://data/4']);
  });

  it('is left to the runtime if the paths are unknown', async () => {
    const mount = volumeAt('/opt/data');
    expect(await refusals({}, ownRoot, mount)).toEqual({});
    // An archive with unknown paths may have removed those of an older one; those of a later one count.
    expect(await refusals({ [ELDER]: [file('opt')] }, root(ELDER, YOUNGER), mount)).toEqual({});
    expect(await refusals({ [YOUNGER]: [file('opt')] }, root(ELDER, YOUNGER), mount)).toHaveProperty([
      VOLUME,
    ]);
    expect(await refusals({}, efsVolume('home', '/opt'), mount)).toEqual({});
  });

  it('passes ancestors that only carry metadata', async () => {
    const withMetadata = storage(YOUNGER, '/', [layer(ELDER), { id: MIDDLE, ro: {} }]);
    expect(await refusals({ [ELDER]: [file('opt')] }, withMetadata, volumeAt('/opt/data'))).toHaveProperty([
      VOLUME,
    ]);
  });
});

describe('archives unpacked one over another', () => {
  const step = fc.constantFrom('a', 'b');
  const path = fc.array(step, { minLength: 1, maxLength: 3 }).map((steps) => steps.join('/'));
  const hide = (of: string): ArchiveEntry => file(of.replace(/[^/]+$/, '.wh.$&'));
  const plain = fc.oneof(
    { weight: 2, arbitrary: path.map(file) },
    { weight: 2, arbitrary: path.map(directory) },
    path.map(hide),
    path.map((within) => file(`${within}/.wh..wh..opq`)),
  );
  const withLinks = fc.oneof(
    { weight: 2, arbitrary: path.map(file) },
    path.map(directory),
    fc.tuple(path, path).map(([at, to]) => link(at, `/${to}`)),
    step.map(hide),
  );
  const archiveFrom = (entry: fc.Arbitrary<ArchiveEntry>) =>
    fc.uniqueArray(entry, { selector: ({ name }) => name, maxLength: 5 });
  /** A consistent archive: nothing is below its files. */
  const sound = archiveFrom(plain).map((entries) =>
    entries.filter(({ name }) => !entries.some((one) => !one.type && name.startsWith(`${one.name}/`))),
  );
  const unpack = (archives: readonly (readonly ArchiveEntry[])[]): Unpacked => {
    const unpacked = new Unpacked();
    for (const entries of archives) unpacked.add(entries);
    return unpacked;
  };
  /** Whether the service accepts all of them; others are never unpacked. */
  const areTaken = async (archives: readonly (readonly ArchiveEntry[])[]): Promise<boolean> => {
    try {
      for (const entries of archives) await contentsOf(entries);
      return true;
    } catch {
      return false;
    }
  };
  const namedIn = (message: string, mountPath: string): string => /`(.*)`/.exec(message)?.[1] ?? mountPath;

  it('refuse a mount exactly if a file is on its way', async () => {
    const archives = fc.array(sound, { minLength: 1, maxLength: 4 });
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(archives, path, async (layers, below) => {
        fc.pre(await areTaken(layers));
        const message = await refusal(`/${below}`, ...layers);
        const unpacked = unpack(layers);
        const steps = below.split('/');
        const way = steps.map((_, at) => `/${steps.slice(0, at + 1).join('/')}`);
        expect(message && namedIn(message, `/${below}`)).toBe(
          way.find((each) => unpacked.at(each) === 'file'),
        );
        refused += message === undefined ? 0 : 1;
      }),
      { numRuns: 400 },
    );
    expect(refused).toBeGreaterThan(40);
  });

  it('refuse no possible mount, wherever their links lead', async () => {
    const archives = fc.array(archiveFrom(withLinks), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(archives, path, async (layers, below) => {
        const unpacked = unpack(layers);
        fc.pre(unpacked.isClean && (await areTaken(layers)));
        const message = await refusal(`/${below}`, ...layers);
        if (message !== undefined) expect(unpacked.at(namedIn(message, `/${below}`))).toBe('file');
      }),
      { numRuns: 400 },
    );
  });
});
