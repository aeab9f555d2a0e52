import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Data } from '../../client/data-source.ts';
import type { NewElement } from '../../client/elements.ts';
import type { TransferProgress, UploadOptions } from '../../client/upload.ts';
import type { ElementJson } from '../../lib/element/representation.ts';
import type { Kind } from '../../lib/location/location.ts';
import { formatDetails } from '../details.ts';
import { formatBytes, ProgressLine } from '../progress-line.ts';
import type { Choice, ImageLayout } from '../push/image-layout.ts';
import { PartFiles } from '../push/part-files.ts';
import { type Action, idOf, type Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';
import { type Described, describeElement } from './elements.ts';

interface Pushed extends Described, Choice {
  readonly replace?: boolean;
  readonly checksum?: string;
}

const cacheOf = ({ io: { env } }: Session): string =>
  join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'taskport', 'uploads');

/** Sends data, and shows how far it is. */
const sendBy = async (
  session: Session,
  label: string,
  act: (options: UploadOptions) => Promise<ElementJson>,
): Promise<ElementJson> => {
  const line = new ProgressLine(session.io, session.isJson);
  const memory = new PartFiles(cacheOf(session));
  try {
    const onProgress = (progress: TransferProgress): void => line.show(label, progress);
    const made = await act({ ...session.call, memory, onProgress });
    memory.forget();
    return made;
  } finally {
    line.end();
  }
};

/** Sends one element. */
const send = (
  session: Session,
  label: string,
  element: Omit<NewElement, 'data' | 'size'>,
  data: Data,
): Promise<ElementJson> =>
  sendBy(session, label, (options) => session.taskport.data.upload(element, data, options));

/** A name for a layer below: of the image's name, without its tag, so that later versions share what they have in common. */
const layerId = (id: string, chain: string): string => `${id.replace(/[:@][^/:@]*$/, '')}-${chain}`;

/** Pushes each layer as an image on that below it. The image's own metadata and space are those of the topmost. */
const pushLayers = async (
  session: Session,
  element: NewElement,
  { digest, configDigest, layers }: ImageLayout,
): Promise<ElementJson | undefined> => {
  let { parentId } = element;
  let made: ElementJson | undefined;
  for (const [at, layer] of layers.entries()) {
    const isTop = at === layers.length - 1;
    const { parentId: _, metadata = {}, ...rest } = element;
    const ro = { 'oci.layer': layer.digest };
    const source = { 'oci.manifest': digest, 'oci.config': configDigest };
    const pushed = isTop
      ? { ...rest, metadata: { ...metadata, ro: { ...ro, ...source, ...metadata.ro } } }
      : { id: layerId(element.id, layer.chain), metadata: { ro } };
    const withParent = { ...pushed, checksum: layer.digest, ...(parentId === undefined ? {} : { parentId }) };
    made = await send(session, `layer ${at + 1} of ${layers.length}`, withParent, layer.path);
    session.note(`${made.id} is ${made.state}`);
    parentId = pushed.id;
  }
  return made;
};

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** A directory as an archive. Throws `UsageError` for a task, whose data is a file. */
const packedOf = async (session: Session, kind: Kind, path: string): Promise<Data> => {
  if (kind === 'task') throw new UsageError(`${path} is a directory; the data of a task is a file`);
  const { packDirectory } = await import('../push/packed-directory.ts');
  return packDirectory(path, (skipped) => session.note(`left out: ${skipped}`));
};

export const pushElement =
  (kind: Kind): Action<Pushed> =>
  async (session, [text = '', path = ''], options) => {
    const element = await describeElement(session, kind, text, options);
    const found = await stat(path).catch((error: Error) => {
      throw new UsageError(`${path} cannot be read: ${error.message}`);
    });
    const isLayout = kind === 'image' && (await isThere(join(path, 'oci-layout')));
    if (!isLayout && (options.platform ?? options.tag) !== undefined)
      throw new UsageError(`${path} is no OCI image layout`);
    if (options.checksum !== undefined && found.isDirectory()) {
      throw new UsageError(`${path} is a directory; a checksum is that of a file`);
    }
    const known = options.checksum === undefined ? {} : { checksum: options.checksum };
    let made: ElementJson | undefined;
    if (isLayout) {
      const { readImageLayout } = await import('../push/image-layout.ts');
      made = await pushLayers(session, element, await readImageLayout(path, options));
    } else {
      const data = found.isDirectory() ? await packedOf(session, kind, path) : path;
      const { id, ...described } = element;
      if (!options.replace) made = await send(session, id, { ...element, ...known }, data);
      else if (Object.keys(described).length > 0) throw new UsageError('--replace changes data alone');
      else
        made = await sendBy(session, id, (how) =>
          session.taskport.data.replace(id, data, { ...how, ...known }),
        );
    }
    session.show(made ?? {}, formatDetails);
  };

export const pullElement =
  (kind: Kind): Action =>
  async (session, [text = '', file = '']) => {
    const id = idOf(kind, text);
    const line = new ProgressLine(session.io, session.isJson);
    const options = {
      ...session.call,
      onProgress: (progress: TransferProgress) => line.show(id, progress),
    };
    const onto = file === '-' ? (bytes: Uint8Array) => session.io.write(bytes) : file;
    const received = await session.taskport.data.download(id, onto, options).finally(() => line.end());
    if (file === '-') return;
    session.show(
      { id, file, ...received },
      ({ size, checksum }) => `${file}: ${formatBytes(size)}, ${checksum}`,
    );
  };
