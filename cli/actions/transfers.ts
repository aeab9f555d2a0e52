import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Data } from '../../client/data-source.ts';
import type { NewElement } from '../../client/elements.ts';
import type { CallOptions } from '../../client/http.ts';
import type { TransferProgress, UploadOptions } from '../../client/upload.ts';
import { defined } from '../../lib/defined.ts';
import type { ElementJson } from '../../lib/element/representation.ts';
import { type Kind, rules } from '../../lib/kind/index.ts';
import { isArchive } from '../../lib/kind/kind-rules.ts';
import { formatDetails } from '../details.ts';
import { formatBytes, ProgressLine } from '../progress-line.ts';
import type { Choice, ImageLayout } from '../push/image-layout.ts';
import { PartFiles } from '../push/part-files.ts';
import { type Action, idOf, type Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';
import { type Described, describeElement, withParentHint } from './elements.ts';

interface Pushed extends Described, Choice {
  readonly replace?: boolean;
  readonly checksum?: string;
}

const cacheOf = ({ io: { env } }: Session): string =>
  join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'taskport', 'uploads');

/** Transfers data, and shows how far it is; where it is interrupted, says what becomes of it. */
const transfer = async <T>(
  session: Session,
  label: string,
  interrupted: string,
  act: (options: CallOptions & Pick<UploadOptions, 'onProgress'>) => Promise<T>,
): Promise<T> => {
  const line = new ProgressLine(session.io, session.isJson);
  const onProgress = (progress: TransferProgress): void => line.show(label, progress);
  try {
    return await act({ ...session.call, onProgress }).finally(() => line.end());
  } catch (error) {
    if (session.io.signal.aborted) session.note(`interrupted; ${interrupted}`);
    throw error;
  }
};

const GOES_ON = 'the same command goes on';

/** Sends data, with the parts in mind that were sent before. */
const sendBy = (
  session: Session,
  label: string,
  interrupted: string,
  act: (options: UploadOptions) => Promise<ElementJson>,
): Promise<ElementJson> =>
  transfer(session, label, interrupted, async (options) => {
    const memory = new PartFiles(cacheOf(session));
    const made = await act({ ...options, memory });
    memory.forget();
    return made;
  });

/** Sends one element. */
const send = (
  session: Session,
  label: string,
  element: Omit<NewElement, 'data' | 'size'>,
  data: Data,
): Promise<ElementJson> =>
  sendBy(session, label, GOES_ON, (options) => session.taskport.data.upload(element, data, options));

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
    const withParent = { ...pushed, checksum: layer.digest, ...defined({ parentId }) };
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

const isDirectory = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

/** A directory as an archive. Throws `UsageError` for a kind whose data is a file, as that of tasks is. */
const packedOf = async (session: Session, kind: Kind, path: string): Promise<Data> => {
  const { called, data } = rules[kind];
  if (!isArchive({ data })) throw new UsageError(`${path} is a directory; the data of ${called} is a file`);
  const { packDirectory } = await import('../push/packed-directory.ts');
  // The root of a volume is as the directory is; that of an image is what everything in a container goes through.
  return packDirectory(path, data === 'archive', (line) => session.warn(line));
};

/** Throws `UsageError` for an image that is kept as another tool keeps it; on a volume such a thing is files like others, which is said. */
const assertNoPackagedImage = async (
  session: Session,
  kind: Kind,
  id: string,
  path: string,
  isDirectory: boolean,
): Promise<void> => {
  const { data } = rules[kind];
  if (!isArchive({ data })) return;
  const { recogniseImage, wayOut } = await import('../push/packaged-image.ts');
  const found = await recogniseImage(path, isDirectory);
  if (found && data === 'layer') throw new UsageError(wayOut(path, id, found));
  if (found) session.note(`${path} is ${found.is}: the ${kind} holds its files as they are`);
};

export const pushElement =
  (kind: Kind): Action<Pushed> =>
  async (session, [text = '', path = ''], options) => {
    const element = await describeElement(session, kind, text, options);
    const found = await stat(path).catch((error: Error) => {
      throw new UsageError(`${path} cannot be read: ${error.message}`);
    });
    const isLayout = rules[kind].data === 'layer' && (await isThere(join(path, 'oci-layout')));
    if (!isLayout) await assertNoPackagedImage(session, kind, element.id, path, found.isDirectory());
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
      if (!options.replace)
        made = await send(session, id, { ...element, ...known }, data).catch(withParentHint(kind, options));
      else if (Object.keys(described).length > 0) throw new UsageError('--replace changes data alone');
      else
        made = await sendBy(session, id, `${id} may keep the data that it has`, (how) =>
          session.taskport.data.replace(id, data, { ...how, ...known }),
        );
    }
    session.show(made ?? {}, formatDetails);
  };

/** Throws `UsageError` where no file can be of that name. */
const assertFile = async (path: string): Promise<void> => {
  if (path.endsWith('/') || (await isDirectory(path)))
    throw new UsageError(`${path} is a directory; name a file`);
  if (!(await isDirectory(dirname(path)))) throw new UsageError(`there is no directory ${dirname(path)}`);
};

export const pullElement =
  (kind: Kind): Action =>
  async (session, [text = '', file = '']) => {
    const id = idOf(kind, text);
    const isFile = file !== '-';
    if (isFile) await assertFile(file);
    const onto = isFile ? file : (bytes: Uint8Array) => session.io.write(bytes);
    const interrupted = isFile ? `${file} is not written` : 'what came is not verified';
    const received = await transfer(session, id, interrupted, (options) =>
      session.taskport.data.download(id, onto, options),
    );
    if (!isFile) return;
    session.show(
      { id, file, ...received },
      ({ size, checksum }) => `${file}: ${formatBytes(size)}, ${checksum}`,
    );
  };
