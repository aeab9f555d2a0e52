import { readFile, rename, writeFile } from 'node:fs/promises';

/** The position in a stream, by shard. */
export interface Checkpoint {
  readonly streamArn: string;
  readonly shards: Readonly<Record<string, ShardPosition>>;
}

export interface ShardPosition {
  /** Sequence number of the last handled record; absent before the first. */
  readonly after?: string;
  /** The shard is closed, and all its records are read. */
  readonly finished?: true;
}

/** Reads a checkpoint. If the file is missing or unreadable, the answer is empty, and all records are handled again. */
export async function readCheckpoint(path: string): Promise<Checkpoint | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Checkpoint;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Replaces a checkpoint atomically: a process killed here leaves the old or the new one. */
export async function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  await writeFile(`${path}.new`, JSON.stringify(checkpoint));
  await rename(`${path}.new`, path);
}
