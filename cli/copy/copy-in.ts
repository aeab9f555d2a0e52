import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isCode } from '../../client/problem-error.ts';
import { shown } from '../../lib/element/archive/refusal.ts';
import type { TarEntry } from '../../lib/element/archive/tar-reader.ts';
import { sendBy } from '../actions/transfers.ts';
import { problemOfChange } from '../delete-dry-run.ts';
import { FileTree } from '../docker/storage/file-tree.ts';
import { readArchive } from '../docker/storage/spool.ts';
import { writeTree } from '../docker/storage/tree-archive.ts';
import { OPAQUE } from '../push/tar-header.ts';
import { shortOf } from '../run/made-by-run.ts';
import type { Session } from '../session.ts';
import { putAt } from './merged-tree.ts';
import { changedMeanwhile, type VolumeContents, withContents } from './volume-contents.ts';

/** An archive of what is copied into a volume. */
export interface CopySource {
  readonly archive: AsyncIterable<Uint8Array>;
  /** The one entry to copy, and its new name; absent to copy all entries. */
  readonly only?: { readonly name: string; readonly as: string };
  /** Keeps the owners of the archive; otherwise root owns everything. */
  readonly isWhole: boolean;
}

/** No element has this checksum; it stands for an unknown one. */
const NOTHING = { size: 1, checksum: `sha256:${'0'.repeat(64)}` };

const ownedByRoot = (entry: TarEntry): TarEntry => {
  const records = new Map(entry.records);
  for (const key of ['uid', 'gid']) records.delete(key);
  return { ...entry, uid: 0, gid: 0, records };
};

/** Throws for a name that marks a removal in the data of a volume, and so cannot name a file. */
const assertHeld = ({ name }: TarEntry): void => {
  if (/(^|\/)\.wh\.[^/]*\/*$/.test(name))
    throw new Error(
      `${shown(name)} has a name that starts with \`.wh.\`, which removes a file when an archive is unpacked: rename it`,
    );
};

/** The archive of a volume together with the copied files. */
const writeMerged = async (
  { volume, tree, layers, readLayer, directory }: VolumeContents,
  path: string,
  { archive, only, isWhole }: CopySource,
  signal: AbortSignal,
): Promise<string> => {
  const copied = join(directory, 'copied');
  await pipeline(archive, createWriteStream(copied), { signal });
  const from = new FileTree(layers);
  await from.putLayer((take) =>
    readArchive(copied, (entry) => {
      assertHeld(entry);
      take(isWhole ? entry : ownedByRoot(entry));
      return undefined;
    }),
  );
  if (only === undefined) putAt(tree.root, path, { node: from.root });
  else {
    const node = from.root.below.get(Buffer.from(only.name).toString('latin1'));
    if (node) putAt(tree.root, path, { name: Buffer.from(only.as).toString('latin1'), node });
  }
  const merged = join(directory, 'merged');
  const file = await open(merged, 'wx', 0o600);
  try {
    const write = async (bytes: Buffer): Promise<void> => {
      signal.throwIfAborted();
      for (let rest = bytes; rest.length > 0; ) rest = rest.subarray((await file.write(rest)).bytesWritten);
    };
    // The new archive includes the data of its ancestors.
    if (volume.parentId !== undefined) await write(OPAQUE);
    await writeTree(
      tree.root,
      '.',
      (layer, visit) => (layer < layers ? readLayer(layer, visit) : readArchive(copied, visit)),
      write,
    );
  } finally {
    await file.close();
  }
  return merged;
};

/** Copies files into a volume, by replacing its data with the merged archive. Throws if others have changed the volume meanwhile. */
export const copyIn = async (
  session: Session,
  id: string,
  path: string,
  source: CopySource,
): Promise<void> => {
  const { taskport, call, io } = session;
  const problem = await problemOfChange((condition) =>
    taskport.elements.replaceData(id, NOTHING, { ...call, ...condition }),
  );
  if (problem?.code === 'not-found')
    throw new Error(`${id} is not there: \`taskport volume create ${shortOf(id)}\` makes it`);
  if (problem) throw problem;
  await withContents(session, id, async (contents) => {
    const merged = await writeMerged(contents, path, source, io.signal);
    const made = await sendBy(session, id, `${id} may keep the data that it has`, (options) =>
      taskport.data.replace(id, merged, { ...options, ifMatch: contents.volume.etag }),
    ).catch((error) => {
      throw isCode(error, 'revision-mismatch') ? changedMeanwhile(id) : error;
    });
    session.show(made, ({ size, checksum }) => `${id}: ${size} B, ${checksum}`);
  });
};
