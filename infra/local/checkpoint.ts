import { readFile, rename, writeFile } from 'node:fs/promises';

/** The progress in a stream, by shard. */
export interface Checkpoint {
  readonly streamArn: string;
  readonly shards: Readonly<Record<string, ShardPosition>>;
}

export interface ShardPosition {
  /** Sequence number of the last record handled; absent before the first. */
  readonly after?: string;
  /** The shard was closed and is read to its end. */
  readonly finished?: true;
}

/** Reads a checkpoint; empty if there is none, or it is unreadable: then all records are handled once more. */
export async function readCheckpoint(path: string): Promise<Checkpoint | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Checkpoint;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Replaces a checkpoint atomically: a process that is killed here leaves the old one or the new one. */
export async function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  await writeFile(`${path}.new`, JSON.stringify(checkpoint));
  await rename(`${path}.new`, path);
}
