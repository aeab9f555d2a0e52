import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { defined } from '../../lib/defined.ts';
import { InputError } from '../../lib/input-error.ts';
import { type DataSource, type FileSlice, UnreadError } from '../data-source.ts';
import type { Platform, Take } from './platform.ts';
import { request } from './request.ts';
import { putSigned } from './signed-put.ts';
import { writeWhole } from './whole-file.ts';

/** Bytes per read and write of a file: with the default of 64 KiB, an upload takes a sixth longer. */
const PIECE_BYTES = 2 ** 20;

/** A source whose `read` yields the bytes from one offset up to another. */
const sourceOf = (
  size: number,
  read: (from: number, to: number) => AsyncIterable<Uint8Array>,
): DataSource => ({
  size,
  checksum: async (onBytes) => {
    const hash = createHash('sha256');
    for await (const chunk of read(0, size)) {
      hash.update(chunk);
      onBytes(chunk.length);
    }
    return `sha256:${hash.digest('hex')}`;
  },
  bytes: () => buffer(Readable.from(read(0, size))),
  put: async (request, signal, onBytes) => {
    let unread: UnreadError | undefined;
    const body = async function* (): AsyncGenerator<Uint8Array> {
      try {
        yield* read(request.from, request.to);
      } catch (error) {
        unread = new UnreadError(error);
        throw unread;
      }
    };
    // The failed read also ends the connection, so the connection's error adds nothing.
    return putSigned(request, body(), signal, onBytes).catch((error) => {
      throw unread ?? error;
    });
  },
  close: async () => {},
});

async function* partOf(bytes: Uint8Array, from: number, to: number): AsyncGenerator<Uint8Array> {
  yield bytes.subarray(from, to);
}

const ofSlice = ({ path, from: start, size }: FileSlice, signal: AbortSignal | undefined): DataSource => {
  const options = defined({ highWaterMark: PIECE_BYTES, signal });
  // `end` is inclusive, so an empty range has no valid `end`.
  return sourceOf(size, (from, to) =>
    to > from
      ? createReadStream(path, { start: start + from, end: start + to - 1, ...options })
      : Readable.from([]),
  );
};

const ofFile = async (path: string, signal: AbortSignal | undefined): Promise<DataSource> => {
  const found = await stat(path);
  if (!found.isFile()) throw new InputError(`${path} is no file`);
  return ofSlice({ path, from: 0, size: found.size }, signal);
};

/** Keeps a stream in a temporary file, because a request needs its size and checksum first. */
const ofStream = async (
  stream: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<DataSource> => {
  const directory = await mkdtemp(join(tmpdir(), 'taskport-'));
  const close = () => rm(directory, { recursive: true, force: true });
  try {
    const path = join(directory, 'data');
    const hash = createHash('sha256');
    const hashed = async function* (): AsyncGenerator<Uint8Array> {
      for await (const chunk of stream) {
        hash.update(chunk);
        yield chunk;
      }
    };
    await pipeline(hashed(), createWriteStream(path), signal ? { signal } : {});
    const checksum = `sha256:${hash.digest('hex')}`;
    return { ...(await ofFile(path, signal)), checksum: async () => checksum, close };
  } catch (error) {
    await close();
    throw error;
  }
};

const writeAll = async (file: FileHandle, chunks: readonly Uint8Array[], size: number): Promise<void> => {
  const { bytesWritten } = await file.writev(chunks);
  // A full disk takes a part; the rest throws.
  if (bytesWritten < size) await file.writeFile(Buffer.concat(chunks).subarray(bytesWritten));
};

/**
 * Writes the bytes that `write` hands over, in large pieces, each while the next one arrives. A stream of Node takes several times as long for
 * the small blobs of which an image has many.
 */
const inPieces = async <T>(file: FileHandle, write: (take: Take) => Promise<T>): Promise<T> => {
  let gathered: Uint8Array[] = [];
  let size = 0;
  let writing = Promise.resolve();
  const flush = (): void => {
    writing = writeAll(file, gathered, size);
    [gathered, size] = [[], 0];
    // The next flush, or the end, throws it.
    writing.catch(() => {});
  };
  try {
    const written = await write(async (bytes) => {
      gathered.push(bytes);
      size += bytes.length;
      if (size < PIECE_BYTES) return;
      await writing;
      flush();
    });
    await writing;
    if (size > 0) flush();
    await writing;
    return written;
  } catch (error) {
    // A file that is still written cannot be closed.
    await writing.catch(() => {});
    throw error;
  }
};

export const platform: Platform = {
  request,
  createHash: (algorithm) => {
    const hash = createHash(algorithm);
    return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest('hex') };
  },
  openData: async (data, signal) => {
    if (typeof data === 'string') return ofFile(data, signal);
    if (data instanceof Uint8Array) return sourceOf(data.length, (from, to) => partOf(data, from, to));
    if (data instanceof Blob) return sourceOf(data.size, (from, to) => data.slice(from, to).stream());
    if ('path' in data) return ofSlice(data, signal);
    if ('read' in data) return sourceOf(data.size, data.read);
    return ofStream(data, signal);
  },
  writeFile: (path, write) => writeWhole(path, (file) => inPieces(file, write)),
  // Loads WebSockets only for a session.
  connect: async (...asked) => (await import('./message-socket.ts')).connect(...asked),
  // Loads AWS modules only to sign requests.
  signIam: async (request) => (await import('../sigv4.ts')).signIam(request),
};
