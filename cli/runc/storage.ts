import { chmod, chown, lstat, mkdir, mkdtemp, readdir, rename, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { OciStorage } from '../../lib/composition/plan/oci-schema.ts';
import { LaunchError } from '../../lib/execution/engine.ts';
import { copyLayers } from './copies.ts';
import { type CachedLayer, EMPTY } from './layer-cache.ts';
import { removeTree } from './mounts.ts';
import { makeOpenDirectory } from './open-directory.ts';
import { mountOverlay } from './overlay.ts';
import { run } from './program.ts';
import { exists, nameOf, type StateDirectory } from './state.ts';

/** Whose storage it is, and where: `scratch` is thrown away with the attempt. */
export interface Place {
  readonly executorId: string;
  readonly bundle: string;
  readonly scratch: string;
}

/** Puts storage to where the plan has it below the bundle. */
export class Storage {
  readonly #state: StateDirectory;
  readonly #cache: string;
  readonly #isOverlay: boolean;

  constructor(state: StateDirectory, cache: string, isOverlay: boolean) {
    this.#state = state;
    this.#cache = cache;
    this.#isOverlay = isOverlay;
  }

  /** `layers` are those of the storage, the eldest first. Throws with the words of what refused it. */
  async assemble(storage: OciStorage, layers: readonly CachedLayer[], place: Place): Promise<void> {
    const target = join(place.bundle, storage.path);
    await mkdir(target, { recursive: true });
    if (storage.nfs !== undefined) await mountNfs(storage.nfs, target);
    else await this.#mount(storage, afterOpaqueRoot(layers), target, place);
    for (const path of storage.mountPoints) await makeMountPoint(storage, target, path);
  }

  async #mount(
    storage: OciStorage,
    layers: readonly CachedLayer[],
    target: string,
    place: Place,
  ): Promise<void> {
    const kept = this.#keptAt(storage, layers, place);
    // A runtime makes mount points in a root filesystem that is read-only only to its container.
    const isWritten = storage.path === 'rootfs' || storage.mountPoints.length > 0;
    const written =
      storage.writable !== undefined ? kept : isWritten ? join(place.scratch, nameOf(storage.id)) : undefined;
    const before = written === kept || !(await exists(kept)) ? undefined : kept;
    if (this.#isOverlay) await this.#stack(layers, target, written, before);
    else await this.#copy(layers, target, written ?? join(place.scratch, nameOf(storage.id)), before);
  }

  /** What was written belongs to an instance, and to the layers that it was written over: of other data, storage begins anew. */
  #keptAt({ id, kind, instance }: OciStorage, layers: readonly CachedLayer[], { executorId }: Place): string {
    const chain = nameOf(instance, ...layers.map(({ tree }) => tree));
    return kind === 'volume'
      ? join(this.#state.volume(id), chain)
      : join(this.#state.executor(executorId), nameOf(id), chain);
  }

  /** `before` is what was written by others, to be read only. */
  async #stack(
    layers: readonly CachedLayer[],
    target: string,
    written: string | undefined,
    before: string | undefined,
  ): Promise<void> {
    const at = (path: string): string => relative(this.#cache, path);
    // Two are the least that a mount without an upper directory takes.
    const trees = [...layers.map(({ tree }) => tree).reverse(), EMPTY];
    const lowers = before === undefined ? trees : [at(join(before, 'upper')), ...trees];
    if (written === undefined) return mountOverlay(this.#cache, target, lowers, undefined);
    await makeWhole(written, async (directory) => {
      await mkdir(join(directory, 'work'));
      await mkdir(join(directory, 'upper'));
      await dressAs(join(directory, 'upper'), join(this.#cache, lowers[0] as string));
    });
    const writable = { upper: at(join(written, 'upper')), work: at(join(written, 'work')) };
    await mountOverlay(this.#cache, target, lowers, writable);
  }

  async #copy(
    layers: readonly CachedLayer[],
    target: string,
    written: string,
    before: string | undefined,
  ): Promise<void> {
    await makeWhole(written, async (directory) => {
      const tree = join(directory, 'tree');
      await makeOpenDirectory(tree);
      if (before === undefined) await copyLayers(this.#cache, layers, tree);
      else await run('cp', ['-a', '--reflink=auto', '--', `${join(before, 'tree')}/.`, tree]);
    });
    await run('mount', ['--bind', join(written, 'tree'), target]);
  }
}

/** Nothing of what is below an opaque root is seen, whoever stacks it. */
const afterOpaqueRoot = (layers: readonly CachedLayer[]): readonly CachedLayer[] =>
  layers.slice(
    Math.max(
      0,
      layers.findLastIndex(({ opaque }) => opaque.includes('.')),
    ),
  );

/** Makes a directory that is there whole or not at all; nothing where it is there. */
const makeWhole = async (path: string, fill: (directory: string) => Promise<void>): Promise<void> => {
  if (await exists(path)) return;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const partial = await mkdtemp(`${path}.`);
  try {
    await fill(partial);
    await rename(partial, path);
  } catch (error) {
    await removeTree(partial);
    throw error;
  }
};

/** The root of what is written stands before that of the layers, and so has to look like it. */
const dressAs = async (directory: string, model: string): Promise<void> => {
  const { uid, gid, mode } = await stat(model);
  await chown(directory, uid, gid);
  await chmod(directory, mode & 0o7777);
};

/** Links are not followed: what is mounted there would be elsewhere. */
const makeMountPoint = async ({ id }: OciStorage, root: string, path: string): Promise<void> => {
  let at = root;
  for (const step of path.split('/')) {
    at = join(at, step);
    const found = await lstat(at).catch(() => undefined);
    if (found === undefined) await makeOpenDirectory(at);
    else if (!found.isDirectory())
      throw new LaunchError(`${id}: ${path} is in the way of what is mounted there`);
  }
};

const mountNfs = async ({ server, path }: NonNullable<OciStorage['nfs']>, target: string): Promise<void> => {
  await run('mount', ['-t', 'nfs', `${server}:${path}`, target]);
};

/** Removes what an executor wrote to storage that is not among `kept`, unless it is in use (by names of directories). */
export const dropOthers = async (directory: string, kept: ReadonlySet<string>): Promise<void> => {
  for (const name of await readdir(directory).catch(() => [])) {
    if (!kept.has(name)) await removeTree(join(directory, name));
  }
};
