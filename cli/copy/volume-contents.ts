import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DownloadOptions } from '../../client/download.ts';
import type { ReadElement } from '../../client/elements.ts';
import type { Tagged } from '../../client/http.ts';
import type { Take } from '../../client/platform/platform.ts';
import type { Checksum } from '../../lib/element/checksum.ts';
import { transfer } from '../actions/transfers.ts';
import { FileTree } from '../docker/storage/file-tree.ts';
import { Spool } from '../docker/storage/spool.ts';
import type { ReadLayer } from '../docker/storage/tree-archive.ts';
import { loadedManifest, readContents } from '../pull/image-contents.ts';
import type { Session } from '../session.ts';

/** The contents of a volume: its own data over that of its ancestors. */
export interface VolumeContents {
  readonly volume: Tagged<ReadElement>;
  readonly tree: FileTree;
  /** The number of archives. */
  readonly layers: number;
  readonly readLayer: ReadLayer;
  /** A temporary directory. */
  readonly directory: string;
}

/** An archive to download. */
interface Layer {
  readonly id: string;
  readonly checksum: Checksum;
  /** Settles with the checksum of the data, which may have changed since. */
  fetch(take: Take, options: DownloadOptions): Promise<string>;
}

const layersOfImage = async ({ taskport, call }: Session, id: string): Promise<Layer[]> => {
  const image = await taskport.images.open(id, call);
  const manifest = loadedManifest(await readContents(image, call));
  if (!manifest) throw new Error(`${id} has no layers here`);
  return manifest.layers.map(({ digest, size }) => ({
    id: digest,
    checksum: digest as Checksum,
    fetch: (take, options) => image.receive({ digest, size }, take, options).then(() => digest),
  }));
};

/** The archives of an element, the lowest first. */
const layersOf = async (session: Session, { id, parentId, checksum }: ReadElement): Promise<Layer[]> => {
  const { taskport, call } = session;
  const fetch: Layer['fetch'] = async (take, options) =>
    (await taskport.data.download(id, take, options)).checksum;
  const own = checksum === undefined ? [] : [{ id, checksum, fetch }];
  if (parentId === undefined) return own;
  const below = parentId.startsWith('image://')
    ? await layersOfImage(session, parentId)
    : await layersOf(session, await taskport.elements.read(parentId, call));
  return [...below, ...own];
};

/** Others have changed a volume since this command read it. */
export const changedMeanwhile = (id: string): Error =>
  new Error(`${id} was changed meanwhile, and is left as it is: the same command copies anew`);

/** Throws if the service does not keep the data of the volume. */
const assertThere = async (
  { taskport, call }: Session,
  { id, state, checksum, parentId }: ReadElement,
): Promise<void> => {
  if (state !== 'ready') throw new Error(`${id} is ${state}: it has no data to copy yet`);
  if (checksum !== undefined || parentId !== undefined) return;
  const [, location = ''] = /^volume:\/\/([^/]+)/.exec(id) ?? [];
  const { type } = await taskport.locations.read(location, call);
  if (type === 'nfs')
    throw new Error(
      `${id} is on an NFS export, and the service does not have its data: copy the files there`,
    );
};

/** Downloads the contents of a volume, and calls `act` with them. */
export const withContents = async <T>(
  session: Session,
  id: string,
  act: (contents: VolumeContents) => Promise<T>,
): Promise<T> => {
  const { taskport, call, io } = session;
  const volume = await taskport.elements.read(id, call);
  await assertThere(session, volume);
  const layers = await layersOf(session, volume);
  const directory = await mkdtemp(join(tmpdir(), 'taskport-copy-'));
  try {
    const spool = new Spool(join(directory, 'layers'), async (of, take) => {
      const { checksum, fetch } = layers.find((layer) => layer.id === of) as Layer;
      const came = await transfer(session, of, 'nothing is changed', (options) => fetch(take, options));
      if (came !== checksum) throw changedMeanwhile(of);
      return { checksum };
    });
    return await spool.with(
      layers,
      async (readLayer) => {
        const tree = await FileTree.of(layers.length, readLayer);
        return act({ volume, tree, layers: layers.length, readLayer, directory });
      },
      () => {},
      io.signal,
    );
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};
