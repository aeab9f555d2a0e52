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
import { PartFiles } from '../push/part-files.ts';
import { type PushedSource, withSource } from '../push/pushed-source.ts';
import type { Action, Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';
import { type Described, describeElement, withParentHint } from './elements.ts';

export interface Pushed extends Described {
  readonly replace?: boolean;
  readonly checksum?: string;
}

const cacheOf = ({ io: { env } }: Session): string =>
  join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'taskport', 'uploads');

/** Transfers data and shows the progress; after an interruption, reports what happens to the sent parts. */
export const transfer = async <T>(
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

export const GOES_ON = 'run the same command again to continue';
export const UNVERIFIED = 'the received data is not verified';

/** Sends data, and remembers sent parts for a later push. */
export const sendBy = <T>(
  session: Session,
  label: string,
  interrupted: string,
  act: (options: UploadOptions) => Promise<T>,
): Promise<T> =>
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

const isDirectory = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

/** A directory as an archive. Throws `UsageError` for a kind whose data is a file, such as a task. */
export const packedOf = async (
  session: Session,
  kind: Kind,
  path: string,
): Promise<AsyncIterable<Uint8Array>> => {
  const { called, data } = rules[kind];
  if (!isArchive({ data })) throw new UsageError(`${path} is a directory; the data of ${called} is a file`);
  const { packDirectory } = await import('../push/packed-directory.ts');
  // The root of a volume has the attributes of the directory; every process in a container goes through the root of an image.
  return packDirectory(path, { root: data === 'archive' }, (line) => session.warn(line));
};

/** Warns that a volume would hold the files of an image format. */
const notePackagedImage = async (
  session: Session,
  kind: Kind,
  { path, called, isDirectory }: PushedSource,
): Promise<void> => {
  if (!isArchive(rules[kind])) return;
  const { recogniseImage } = await import('../push/packaged-image.ts');
  const found = await recogniseImage(path, isDirectory);
  if (found) session.note(`${called} is ${found.is}: the ${kind} holds its files as they are`);
};

/** Pushes data of one element: a file, or a directory as an archive. */
export const pushData = async (
  session: Session,
  element: NewElement,
  { path, called, isDirectory }: PushedSource,
  options: Pushed,
): Promise<ElementJson> => {
  const kind = element.id.slice(0, element.id.indexOf(':')) as Kind;
  if (options.checksum !== undefined && isDirectory)
    throw new UsageError(`${called} is a directory, which has no checksum: leave out --checksum`);
  const known = defined({ checksum: options.checksum });
  const data = isDirectory ? await packedOf(session, kind, path) : path;
  const { id, ...described } = element;
  if (!options.replace)
    return send(session, id, { ...element, ...known }, data).catch(withParentHint(kind, options));
  if (Object.keys(described).length > 0)
    throw new UsageError('--replace changes only data: leave out the other options');
  return sendBy(session, id, `${id} may keep the data that it has`, (how) =>
    session.taskport.data.replace(id, data, { ...how, ...known }),
  );
};

export const pushElement =
  (kind: Kind): Action<Pushed> =>
  async (session, [text = '', path = ''], options) => {
    const element = await describeElement(session, kind, text, options);
    await withSource(session, path, async (source) => {
      await notePackagedImage(session, kind, source);
      session.show(await pushData(session, element, source, options), formatDetails);
    });
  };

/** Throws `UsageError` if no file can have this name. */
export const assertFile = async (path: string): Promise<void> => {
  if (path.endsWith('/') || (await isDirectory(path)))
    throw new UsageError(`${path} is a directory; name a file`);
  if (!(await isDirectory(dirname(path)))) throw new UsageError(`there is no directory ${dirname(path)}`);
};

export const pullElement =
  (kind: Kind): Action =>
  async (session, [text = '', file = '']) => {
    const id = session.idOf(kind, text);
    const isFile = file !== '-';
    if (isFile) await assertFile(file);
    const onto = isFile ? file : (bytes: Uint8Array) => session.io.write(bytes);
    const interrupted = isFile ? `${file} is not written` : UNVERIFIED;
    const received = await transfer(session, id, interrupted, (options) =>
      session.taskport.data.download(id, onto, options),
    );
    if (!isFile) return;
    session.show(
      { id, file, ...received },
      ({ size, checksum }) => `${file}: ${formatBytes(size)}, ${checksum}`,
    );
  };
