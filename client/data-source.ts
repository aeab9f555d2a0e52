import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Data for an element: the path of a file, bytes, or a stream, which is kept in a temporary file until it is there. */
export type Data = string | Uint8Array | AsyncIterable<Uint8Array>;

/** Data that can be read again from anywhere. */
export interface DataSource {
  /** Bytes. */
  readonly size: number;
  /** `sha256:hex`; read for it once. */
  checksum(onBytes?: (bytes: number) => void): Promise<string>;
  /** The bytes `from` to before `to`. */
  read(from: number, to: number): AsyncIterable<Uint8Array>;
  /** Forgets what was kept for it. */
  close(): Promise<void>;
}

/** So much of a file is read at a time: by the 64 KiB that are the default, an upload takes a sixth longer. */
const READ_BYTES = 2 ** 20;

const sha256 = (hash: { digest(encoding: 'hex'): string }): string => `sha256:${hash.digest('hex')}`;

const ofBytes = (bytes: Uint8Array): DataSource => ({
  size: bytes.length,
  checksum: async () => sha256(createHash('sha256').update(bytes)),
  async *read(from, to) {
    yield bytes.subarray(from, to);
  },
  close: async () => {},
});

const ofFile = async (path: string, signal: AbortSignal | undefined): Promise<DataSource> => {
  const found = await stat(path);
  if (!found.isFile()) throw new TypeError(`${path} is no file`);
  return {
    size: found.size,
    checksum: async (onBytes) => {
      const hash = createHash('sha256');
      for await (const chunk of createReadStream(path, {
        highWaterMark: READ_BYTES,
        ...(signal ? { signal } : {}),
      })) {
        hash.update(chunk as Buffer);
        onBytes?.((chunk as Buffer).length);
      }
      return sha256(hash);
    },
    // The end of a range of a file is its last byte; a range without any is not one.
    read: (from, to) =>
      to > from
        ? createReadStream(path, { start: from, end: to - 1, highWaterMark: READ_BYTES })
        : Readable.from([]),
    close: async () => {},
  };
};

/** Keeps a stream in a temporary file: a request needs its size and its checksum beforehand. */
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
    const checksum = sha256(hash);
    return { ...(await ofFile(path, signal)), checksum: async () => checksum, close };
  } catch (error) {
    await close();
    throw error;
  }
};

/** Opens data. Throws `TypeError` for a path that is no file, and what the file system says. */
export const openData = (data: Data, signal?: AbortSignal): Promise<DataSource> => {
  if (typeof data === 'string') return ofFile(data, signal);
  return data instanceof Uint8Array ? Promise.resolve(ofBytes(data)) : ofStream(data, signal);
};
