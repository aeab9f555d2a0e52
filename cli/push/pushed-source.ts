import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { FileSlice } from '../../client/data-source.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';

/** The source of a push: a file or a directory. */
export interface PushedSource {
  readonly path: string;
  /** Bytes of a file. */
  readonly size: number;
  /** A description for people. */
  readonly called: string;
  readonly isDirectory: boolean;
}

/** Keeps bytes in a temporary file during a call. */
export const spooled = async <T>(
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
  act: (source: Omit<PushedSource, 'called'>) => Promise<T>,
): Promise<T> => {
  const directory = await mkdtemp(join(tmpdir(), 'taskport-'));
  try {
    const path = join(directory, 'data');
    await pipeline(bytes, createWriteStream(path), { signal });
    return await act({ path, size: (await stat(path)).size, isDirectory: false });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};

/** Opens a path; `-` is standard input, which it keeps in a file. Throws `UsageError` if nothing is there. */
export const withSource = async <T>(
  { io }: Session,
  path: string,
  act: (source: PushedSource) => Promise<T>,
): Promise<T> => {
  if (path === '-')
    return spooled(io.input(), io.signal, (file) => act({ ...file, called: 'standard input' }));
  const found = await stat(path).catch((error: Error) => {
    throw new UsageError(`${path} cannot be read: ${error.message}`);
  });
  return act({ path, size: found.size, called: path, isDirectory: found.isDirectory() });
};

/** `sha256:hex` of bytes in a file. */
export const sumOf = async ({ path, from, size }: FileSlice, signal: AbortSignal): Promise<string> => {
  const hash = createHash('sha256');
  const range = { start: from, end: from + size - 1, highWaterMark: 2 ** 20 };
  if (size > 0) await pipeline(createReadStream(path, range), hash, { signal });
  return `sha256:${hash.digest('hex')}`;
};
