import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { LogFilter, LogReader, ReadOptions } from '../../lib/execution/log-reader.ts';
import type { Line } from '../../lib/execution/log-sink.ts';
import { firstAborted } from '../../lib/first-aborted.ts';

/** How often a reader that follows looks for new lines. */
const LOOK_MS = 200;
const CHUNK_BYTES = 64 * 1024;

/** A position in a log: a renamed file keeps its inode. */
interface Place {
  readonly inode: bigint;
  /** The number of bytes of whole lines. */
  offset: number;
}

interface OpenFile {
  readonly file: FileHandle;
  readonly inode: bigint;
}

const openIfThere = async (path: string): Promise<OpenFile | undefined> => {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!file) return undefined;
  try {
    return { file, inode: (await file.stat({ bigint: true })).ino };
  } catch (error) {
    await file.close();
    throw error;
  }
};

/**
 * Opens the files of a log, the oldest first: `path.2`, `path.1`, `path`. It opens them from the newest, so that a file that is renamed
 * meanwhile appears twice rather than not at all; one may be missing during its rename.
 */
const openFiles = async (path: string): Promise<OpenFile[]> => {
  const files: OpenFile[] = [];
  let missing = 0;
  try {
    for (let at = 0; missing < 2; at += 1) {
      const found = await openIfThere(at === 0 ? path : `${path}.${at}`);
      missing = found ? 0 : missing + 1;
      if (found && files.some(({ inode }) => inode === found.inode)) await found.file.close();
      else if (found) files.unshift(found);
    }
  } catch (error) {
    await closeAll(files);
    throw error;
  }
  return files;
};

const closeAll = (files: readonly OpenFile[]) => Promise.all(files.map(({ file }) => file.close()));

/** The whole lines of a file from a position, which moves with them. */
async function* linesFrom({ file }: OpenFile, place: Place): AsyncGenerator<string, void> {
  let rest = Buffer.alloc(0);
  for (let position = place.offset; ; ) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    rest = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
    for (let end = rest.indexOf(0x0a); end !== -1; end = rest.indexOf(0x0a)) {
      place.offset += end + 1;
      yield rest.toString('utf8', 0, end);
      rest = rest.subarray(end + 1);
    }
  }
}

/** A line of the file, if it belongs to the requested stream. */
const parse = (
  text: string,
  { attempt: { executorId, taskId, attempt }, stream }: LogFilter,
): Line | undefined => {
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(text) as Record<string, unknown>;
  } catch {
    // A crash cut this line short.
    return undefined;
  }
  const isAsked =
    entry.executor === executorId &&
    entry.task === taskId &&
    entry.attempt === attempt &&
    entry.stream === stream;
  return isAsked ? { at: String(entry.at), text: String(entry.text) } : undefined;
};

/**
 * Reads a file of JSON lines, `{at, executor, task, attempt, stream, text}`, which may hold the output of many tasks and is rotated:
 * `path.1` is older than `path`, and `path.2` older than `path.1`.
 */
export class FileLog implements LogReader {
  async *read(
    uri: string,
    filter: LogFilter,
    { follow, signal }: ReadOptions = {},
  ): AsyncGenerator<Line, void> {
    const path = fileURLToPath(uri);
    let place: Place | undefined;
    for (;;) {
      const isLast = !follow || follow.aborted;
      const files = await openFiles(path);
      try {
        const at = files.findIndex(({ inode }) => inode === place?.inode);
        for (const [nth, file] of files.slice(Math.max(0, at)).entries()) {
          if (nth > 0 || at < 0 || !place) place = { inode: file.inode, offset: 0 };
          for await (const text of linesFrom(file, place)) {
            signal?.throwIfAborted();
            const line = parse(text, filter);
            if (line) yield line;
          }
        }
      } finally {
        await closeAll(files);
      }
      signal?.throwIfAborted();
      if (isLast) return;
      await sleep(LOOK_MS, undefined, { signal: firstAborted(follow, signal) }).catch(() => {});
    }
  }
}
