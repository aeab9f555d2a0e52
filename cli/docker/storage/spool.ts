import { mkdir, mkdtemp, open, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ComposedLayer } from '../../../lib/composition/plan/composed-container.ts';
import { ByteSource } from '../../../lib/element/archive/byte-source.ts';
import { decompressor, MAGIC_BYTES } from '../../../lib/element/archive/decompressor.ts';
import { readTar, type Visit } from '../../../lib/element/archive/tar-reader.ts';
import { LaunchError } from '../../../lib/execution/engine.ts';
import { loaded } from '../../../lib/loaded.ts';

/** Passes on the data of an element from an offset, and settles with the checksum of everything that it passed on. Throws the errors of `take`. */
export type FetchLayer = (
  id: string,
  take: (chunk: Uint8Array) => Promise<void>,
  abort: AbortSignal,
) => Promise<{ readonly checksum: string }>;

/** Verified archives on their way to an engine, each read twice: once to merge the layers, once for the data. */
export class Spool {
  readonly #directory: string;
  readonly #fetchLayer: FetchLayer;
  /** Removes, once, what an earlier process left. */
  readonly #clear: () => Promise<unknown>;

  /** No other spool uses this directory. */
  constructor(directory: string, fetchLayer: FetchLayer) {
    this.#directory = directory;
    this.#fetchLayer = fetchLayer;
    this.#clear = loaded(async () => {
      await rm(directory, { recursive: true, force: true });
      await mkdir(directory, { recursive: true, mode: 0o700 });
    });
  }

  /** Bytes of free space. */
  async room(): Promise<number> {
    await this.#clear();
    const { bavail, bsize } = await statfs(this.#directory);
    return bavail * bsize;
  }

  /** Calls `work` with an empty directory, and removes it afterwards. */
  async directory<T>(work: (path: string) => Promise<T>): Promise<T> {
    await this.#clear();
    const directory = await mkdtemp(join(this.#directory, 'part-'));
    try {
      return await work(directory);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  /** Calls `work` with the archives of layers in order, and removes them afterwards. */
  with<T>(
    layers: readonly ComposedLayer[],
    work: (readLayer: (layer: number, visit: Visit) => Promise<void>) => Promise<T>,
    onProgress: (layer: ComposedLayer, done: number) => void,
    abort: AbortSignal,
  ): Promise<T> {
    return this.directory(async (directory) => {
      const paths = new Map<string, string>();
      for (const layer of layers) {
        const { id, checksum } = layer;
        if (checksum === undefined) throw new LaunchError(`${id} has no checksum to verify its data by`);
        // An image may have one layer twice.
        if (paths.has(checksum)) continue;
        const path = join(directory, String(paths.size));
        await this.#fetch(layer, path, (done) => onProgress(layer, done), abort);
        paths.set(checksum, path);
      }
      return work((layer, visit) =>
        readArchive(paths.get(layers[layer]?.checksum as string) as string, visit),
      );
    });
  }

  async #fetch(
    { id, checksum }: ComposedLayer,
    path: string,
    onProgress: (done: number) => void,
    abort: AbortSignal,
  ): Promise<void> {
    const file = await open(path, 'w', 0o600);
    let done = 0;
    try {
      const take = async (chunk: Uint8Array): Promise<void> => {
        abort.throwIfAborted();
        for (let rest = chunk; rest.length > 0; ) rest = rest.subarray((await file.write(rest)).bytesWritten);
        done += chunk.length;
        onProgress(done);
      };
      const { checksum: actual } = await this.#fetchLayer(id, take, abort);
      if (actual !== checksum)
        throw new LaunchError(`${id} does not match its checksum: expected ${checksum}, got ${actual}`);
    } finally {
      await file.close();
    }
  }
}

/** Reads an archive from a file, with any compression, and passes on each of its entries. */
export const readArchive = async (path: string, visit: Visit): Promise<void> => {
  const file = await open(path);
  const head = await file.read(Buffer.alloc(MAGIC_BYTES), 0, MAGIC_BYTES, 0);
  const unpack = decompressor(head.buffer);
  const read = async (bytes: AsyncIterable<Uint8Array>): Promise<void> => {
    const source = new ByteSource(bytes);
    await readTar(source, visit);
    // Nothing reads what follows the end.
    while ((await source.skip(2 ** 30)) > 0);
  };
  const bytes = file.createReadStream({ start: 0, highWaterMark: 2 ** 18 });
  await (unpack ? pipeline(bytes, unpack, read) : pipeline(bytes, read));
};
