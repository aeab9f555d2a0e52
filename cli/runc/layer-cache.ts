import { mkdir, mkdtemp, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OciLayer } from '../../lib/composition/plan/oci-schema.ts';
import { LaunchError } from '../../lib/execution/engine.ts';
import { Unpacking } from './layer-unpack.ts';
import { removeTree } from './mounts.ts';
import { makeOpenDirectory } from './open-directory.ts';
import { exists } from './state.ts';
import { markWhiteouts, takeWhiteouts, type Whiteouts } from './whiteouts.ts';

/**
 * Hands on the data that a layer's `href` names, from where it broke off, and settles with the checksum of all that it handed on. Throws
 * what `take` throws.
 */
export type FetchLayer = (
  href: string,
  take: (chunk: Uint8Array) => Promise<void>,
  abort: AbortSignal,
) => Promise<{ readonly checksum: string }>;

/** An unpacked layer; nothing ever changes in it. */
export interface CachedLayer extends Whiteouts {
  /** Its directory, relative to the cache. */
  readonly tree: string;
}

interface Pull {
  readonly layer: Promise<CachedLayer>;
  readonly listeners: Set<(done: number) => void>;
  readonly controller: AbortController;
}

/** An empty directory in the cache. */
export const EMPTY = 'empty';
const TREE = 't';
const WHITEOUTS = 'whiteouts.json';

/** The name of a layer's directory, by its checksum: short, since one mount takes a page of them. */
const nameOf = ({ id, checksum }: OciLayer): string => {
  const [, hex = ''] = /^sha(?:256|512):([0-9a-f]+)$/.exec(checksum ?? '') ?? [];
  if (hex === '') throw new LaunchError(`${id} has no checksum to verify its data by`);
  return Buffer.from(hex, 'hex').toString('base64url');
};

/** Layers by their checksums, unpacked. What is in it was verified: it comes there whole, by one rename. */
export class LayerCache {
  readonly directory: string;
  readonly #isOverlay: boolean;
  readonly #fetchLayer: FetchLayer;
  readonly #pulls = new Map<string, Pull>();

  /** `isOverlay` says that layers are stacked by the kernel, and not copied over each other. */
  constructor(directory: string, isOverlay: boolean, fetchLayer: FetchLayer) {
    this.directory = directory;
    this.#isOverlay = isOverlay;
    this.#fetchLayer = fetchLayer;
  }

  get #partial(): string {
    return join(this.directory, 'partial');
  }

  /** Removes what a process before this one left half done. */
  async clear(): Promise<void> {
    await removeTree(this.#partial);
    await mkdir(this.#partial, { recursive: true, mode: 0o700 });
    // What there is below layers: nothing.
    if (!(await exists(join(this.directory, EMPTY)))) await makeOpenDirectory(join(this.directory, EMPTY));
  }

  /**
   * The layer, pulled where it is not there; who asks for the same at one time shares a pull, which ends when nobody waits for it any
   * more. Throws `LaunchError` where it is not what its checksum says.
   */
  async get(layer: OciLayer, onProgress: (done: number) => void, abort: AbortSignal): Promise<CachedLayer> {
    const name = nameOf(layer);
    const pull = this.#pulls.get(name) ?? this.#begin(layer, name);
    pull.listeners.add(onProgress);
    try {
      return await untilAborted(pull.layer, abort);
    } finally {
      pull.listeners.delete(onProgress);
      if (pull.listeners.size === 0) pull.controller.abort();
    }
  }

  #begin(layer: OciLayer, name: string): Pull {
    const controller = new AbortController();
    const listeners = new Set<(done: number) => void>();
    const forget = (): void => {
      if (this.#pulls.get(name) === pull) this.#pulls.delete(name);
    };
    const pull = {
      controller,
      listeners,
      layer: this.#find(name)
        .then((found) => found ?? this.#pull(layer, name, listeners, controller.signal))
        .finally(forget),
    };
    controller.signal.addEventListener('abort', forget);
    pull.layer.catch(() => {});
    this.#pulls.set(name, pull);
    return pull;
  }

  async #find(name: string): Promise<CachedLayer | undefined> {
    const path = join(this.directory, name, WHITEOUTS);
    if (!(await exists(path))) return undefined;
    return { tree: join(name, TREE), ...(JSON.parse(await readFile(path, 'utf8')) as Whiteouts) };
  }

  async #pull(
    layer: OciLayer,
    name: string,
    listeners: Pull['listeners'],
    abort: AbortSignal,
  ): Promise<CachedLayer> {
    const partial = await mkdtemp(join(this.#partial, 'layer-'));
    try {
      const tree = join(partial, TREE);
      await makeOpenDirectory(tree);
      await this.#unpack(layer, tree, listeners, abort);
      const whiteouts = await takeWhiteouts(tree);
      if (this.#isOverlay) await markWhiteouts(tree, whiteouts);
      await writeFile(join(partial, WHITEOUTS), JSON.stringify(whiteouts));
      abort.throwIfAborted();
      await rename(partial, join(this.directory, name));
      return { tree: join(name, TREE), ...whiteouts };
    } catch (error) {
      await removeTree(partial);
      if (error instanceof LaunchError) throw error;
      throw new LaunchError(`${layer.id}: ${(error as Error).message}`, { cause: error });
    }
  }

  async #unpack(
    layer: OciLayer,
    tree: string,
    listeners: Pull['listeners'],
    abort: AbortSignal,
  ): Promise<void> {
    const unpacking = new Unpacking(tree, abort);
    let done = 0;
    const take = async (chunk: Uint8Array): Promise<void> => {
      abort.throwIfAborted();
      done += chunk.length;
      await unpacking.write(chunk);
      for (const listener of listeners) listener(done);
    };
    let broken: unknown;
    let actual: string | undefined;
    try {
      ({ checksum: actual } = await this.#fetchLayer(layer.href, take, abort));
    } catch (error) {
      broken = error;
    }
    // Nothing is removed while something still writes to it.
    const unreadable = await unpacking.end();
    if (broken !== undefined) throw broken;
    if (actual !== layer.checksum) {
      throw new LaunchError(
        `${layer.id} is not what its checksum says: expected ${layer.checksum}, got ${actual}`,
      );
    }
    if (unreadable !== undefined) throw unreadable;
  }
}

/** What the promise settles to, or the reason of the abort where that comes first. */
const untilAborted = async <T>(promise: Promise<T>, abort: AbortSignal): Promise<T> => {
  abort.throwIfAborted();
  let stop = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(abort.reason);
    abort.addEventListener('abort', stop);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    abort.removeEventListener('abort', stop);
  }
};
