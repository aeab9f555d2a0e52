import { mkdir, mkdtemp, open, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ComposedLayer } from '../../../lib/composition/plan/composed-container.ts';
import { ByteSource } from '../../../lib/element/archive/byte-source.ts';
import { decompressor, MAGIC_BYTES } from '../../../lib/element/archive/decompressor.ts';
import { readTar, type Visit } from '../../../lib/element/archive/tar-reader.ts';
import { LaunchError } from '../../../lib/execution/engine.ts';

/**
 * Hands on the data of an element, from where it broke off, and settles with the checksum of all that it handed on. Throws what `take`
 * throws.
 */
export type FetchLayer = (
  id: string,
  take: (chunk: Uint8Array) => Promise<void>,
  abort: AbortSignal,
) => Promise<{ readonly checksum: string }>;

/** Archives on their way to an engine, verified: each is read twice, once to see what layers make together, once for the data. */
export class Spool {
  readonly #directory: string;
  readonly #fetchLayer: FetchLayer;
  #cleared: Promise<unknown> | undefined;

  /** The directory is this spool's alone. */
  constructor(directory: string, fetchLayer: FetchLayer) {
    this.#directory = directory;
    this.#fetchLayer = fetchLayer;
  }

  /** Removes what a process before this one left, once. */
  #clear(): Promise<unknown> {
    this.#cleared ??= rm(this.#directory, { recursive: true, force: true }).then(() =>
      mkdir(this.#directory, { recursive: true, mode: 0o700 }),
    );
    return this.#cleared;
  }

  /** Bytes that there is room for. */
  async room(): Promise<number> {
    await this.#clear();
    const { bavail, bsize } = await statfs(this.#directory);
    return bavail * bsize;
  }

  /** Does something with a directory that is empty at first, and gone afterwards. */
  async directory<T>(work: (path: string) => Promise<T>): Promise<T> {
    await this.#clear();
    const directory = await mkdtemp(join(this.#directory, 'part-'));
    try {
      return await work(directory);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  /** Does something with the archives of layers, in their order, which are gone afterwards. */
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
        throw new LaunchError(`${id} is not what its checksum says: expected ${checksum}, got ${actual}`);
    } finally {
      await file.close();
    }
  }
}

/** Reads an archive in a file, whatever it is compressed by, and tells of each of its entries. */
export const readArchive = async (path: string, visit: Visit): Promise<void> => {
  const file = await open(path);
  const head = await file.read(Buffer.alloc(MAGIC_BYTES), 0, MAGIC_BYTES, 0);
  const unpack = decompressor(head.buffer);
  const read = async (bytes: AsyncIterable<Uint8Array>): Promise<void> => {
    const source = new ByteSource(bytes);
    await readTar(source, visit);
    // What follows the end is for nobody.
    while ((await source.skip(2 ** 30)) > 0);
  };
  const bytes = file.createReadStream({ start: 0, highWaterMark: 2 ** 18 });
  await (unpack ? pipeline(bytes, unpack, read) : pipeline(bytes, read));
};
