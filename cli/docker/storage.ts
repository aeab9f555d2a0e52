import { createHash } from 'node:crypto';
import type Dockerode from 'dockerode';
import { ROOT } from '../../lib/composition/composition.ts';
import type { ComposedContainer, ComposedStorage } from '../../lib/composition/plan/composed-container.ts';
import { parentsFirst } from '../../lib/composition/plan/mount-order.ts';
import { nestedMounts } from '../../lib/composition/plan/mount-under-file.ts';
import { hasData, registryImageOf } from '../../lib/composition/plan/registry-image.ts';
import type { Attempt } from '../../lib/execution/attempt.ts';
import { LaunchError, type Progress } from '../../lib/execution/engine.ts';
import { wordsOf } from './api-error.ts';
import { type Made, nameOf, type Scope } from './labels.ts';
import type { ReachedEngine } from './reach-engine.ts';
import { type DriverConfig, nfsDriver, UNLESS_GONE } from './storage/driver.ts';
import { EngineVolumes, type Fill } from './storage/engine-volumes.ts';
import { FileTree } from './storage/file-tree.ts';
import { attemptKey, dropBeyond, imagesOf, referencesOn, usageOf, volumeSizes } from './storage/reclaim.ts';
import { SharedWork } from './storage/shared-work.ts';
import { type FetchLayer, Spool } from './storage/spool.ts';
import { writeTree } from './storage/tree-archive.ts';

/** A member of `HostConfig.Mounts`. */
export interface Mount {
  readonly Type: 'volume';
  /** The engine's volume. */
  readonly Source: string;
  readonly Target: string;
  readonly ReadOnly: boolean;
  readonly VolumeOptions: {
    /** What an image has at the path is not copied into a volume. */
    readonly NoCopy: true;
    /** How the engine makes a volume that is gone by then: not at all, but for one that is elsewhere. */
    readonly DriverConfig?: DriverConfig;
  };
}

export interface PrepareOptions {
  /** Gives it up: nothing that is half filled stays. */
  readonly abort: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** A volume of the service that the engine has something of. */
export interface KeptVolume {
  readonly id: string;
  readonly instance: string;
}

/**
 * What an engine has of storage, beside what is at `/`: volumes of its own, found by their labels. Every method may be called again, also by a
 * process that knows nothing of the one before it.
 */
export interface EngineStorage {
  /**
   * Makes what is mounted beside the root, and answers the mounts of the attempt's container, parents first. Its volumes are not pruned while
   * a container refers to them, nor from here on until one does. Throws `LaunchError`.
   */
  prepare(
    attempt: Attempt,
    container: Pick<ComposedContainer, 'storage'>,
    options: PrepareOptions,
  ): Promise<readonly Mount[]>;
  /** Lets go of what was prepared for an attempt: it is over, or was given up. */
  forget(attempt: Attempt): Promise<void>;
  /** Drops what was written to images of the executor that are not among `kept` any more. What is in use stays. */
  release(executorId: string, kept: readonly string[]): Promise<void>;
  /** Drops what was written to a volume that is gone. Throws where a container refers to it. */
  releaseVolume(volumeId: string): Promise<void>;
  /** What of volumes is on this engine, for comparing with the service. */
  volumes(): Promise<readonly KeptVolume[]>;
  /** Removes what nobody refers to: leftovers at once, images and volumes that can be made again beyond so many bytes. */
  prune(keepBytes: number): Promise<void>;
}

export interface DockerStorageOptions {
  readonly engine: ReachedEngine;
  readonly scope: Scope;
  readonly fetchLayer: FetchLayer;
  /** Where the engine pulls images of the service from: `host:port`. */
  readonly authority: string;
  /** Where archives are on their way to the engine; emptied when it is first used. */
  readonly directory: string;
}

const hashOf = (...parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex');

/** The data that storage begins as. */
const chainOf = ({ id, kind, layers }: ComposedStorage): ComposedStorage['layers'] => {
  const elsewhere = registryImageOf(layers);
  if (elsewhere !== undefined)
    throw new LaunchError(`${id} begins as ${elsewhere}, whose bytes are in a registry and not here`);
  const own = layers.filter(hasData);
  if (own.length === 0 && kind === 'image')
    throw new LaunchError(`${id} has no data, and neither has any ancestor`);
  return own;
};

interface Told {
  readonly layerId: string;
  readonly done: number;
  readonly size: number;
}

/** A volume of the engine that storage is. */
interface Planned {
  readonly name: string;
  readonly made: Made;
  readonly chain: ComposedStorage['layers'];
  readonly driver: DriverConfig | undefined;
}

/** Whether tasks write to it: an image that is only read is nobody's own. */
const isWritten = ({ kind, executorId }: Made): boolean => kind === 'volume' || executorId !== undefined;

/** Storage by volumes of an engine. */
export class DockerStorage implements EngineStorage {
  readonly #volumes: EngineVolumes;
  readonly #scope: Scope;
  readonly #spool: Spool;
  readonly #work = new SharedWork<Told>();
  readonly #docker: Dockerode;
  /** Volumes of attempts that no container may refer to yet. */
  readonly #held = new Map<string, Set<string>>();

  /** When volumes and images were last asked for, by their names and digests. */
  readonly #usedAt = new Map<string, number>();
  readonly #authority: string;

  constructor({ engine, scope, fetchLayer, authority, directory }: DockerStorageOptions) {
    this.#docker = engine.docker;
    this.#volumes = new EngineVolumes(engine, scope);
    this.#scope = scope;
    this.#authority = authority;
    this.#spool = new Spool(directory, fetchLayer);
  }

  async prepare(
    attempt: Attempt,
    { storage }: Pick<ComposedContainer, 'storage'>,
    { abort, onProgress }: PrepareOptions,
  ): Promise<readonly Mount[]> {
    const beside = storage.filter(({ mount }) => mount.path !== ROOT);
    const nested = nestedMounts(storage);
    for (const { digest } of storage) if (digest !== undefined) this.#usedAt.set(digest, Date.now());
    const held = new Set<string>();
    this.#held.set(attemptKey(attempt), held);
    const onTold = (told: Told): void => onProgress?.({ attempt, ...told });
    try {
      const mounts: Mount[] = [];
      for (const one of parentsFirst(beside, ({ mount }) => mount.path)) {
        // Nobody can make a directory for a mount in what is mounted read-only.
        const inside = nested.filter(({ outer }) => outer === one && one.mount.readOnly);
        const mountPoints = inside.map(({ way }) => way.at(-1) as string).sort();
        const planned = this.#plan(one, attempt, mountPoints);
        held.add(planned.name);
        this.#usedAt.set(planned.name, Date.now());
        await this.#make(planned, mountPoints, onTold, abort);
        mounts.push({
          Type: 'volume',
          Source: planned.name,
          Target: one.mount.path,
          ReadOnly: one.mount.readOnly,
          VolumeOptions: { NoCopy: true, DriverConfig: planned.driver ?? UNLESS_GONE },
        });
      }
      return mounts;
    } catch (error) {
      this.#held.delete(attemptKey(attempt));
      abort.throwIfAborted();
      if (error instanceof LaunchError) throw error;
      throw new LaunchError(wordsOf(error), { cause: error });
    }
  }

  /** Which volume it is: an image's that is read is shared by what is in it, one that is written is the executor's for as long as it is joined. */
  #plan(one: ComposedStorage, { executorId }: Attempt, mountPoints: readonly string[]): Planned {
    const { id, kind, instance, mount, nfs } = one;
    const chain = nfs ? [] : chainOf(one);
    const checksums = chain.map(({ checksum }) => checksum);
    const driver = nfs && nfsDriver(id, nfs);
    if (kind === 'volume') {
      const made: Made = { kind, storageId: id, instance };
      const name = nameOf(this.#scope, { ...made, instance: hashOf(instance, checksums, nfs) });
      return { name, made, chain, driver };
    }
    if (mount.readOnly) {
      const made: Made = { kind: 'image', instance: hashOf(checksums, mountPoints) };
      return { name: nameOf(this.#scope, made), made: { ...made, storageId: id }, chain, driver };
    }
    const made: Made = { kind: 'image', executorId, storageId: id, instance };
    const name = nameOf(this.#scope, { ...made, instance: hashOf(instance, checksums) });
    return { name, made, chain, driver };
  }

  async #make(
    { name, made, chain, driver }: Planned,
    mountPoints: readonly string[],
    onTold: (told: Told) => void,
    abort: AbortSignal,
  ): Promise<void> {
    const inTree = made.kind === 'image' ? mountPoints : [];
    const fill = driver ?? (chain.length > 0 ? this.#filling(made.kind, chain, inTree) : undefined);
    const make = async (tell: (told: Told) => void, stop: AbortSignal): Promise<void> => {
      const { whole } = await this.#volumes.list();
      if (!whole.some((volume) => volume.name === name))
        await this.#volumes.make(name, made, typeof fill === 'function' ? fill(tell) : fill, stop);
      for (const other of whole) {
        // What another of the same name left, or what was written over other data, is seen by nobody any more.
        const isOfIt = isWritten(other) && other.kind === made.kind && other.storageId === made.storageId;
        if (isWritten(made) && isOfIt && other.executorId === made.executorId && other.name !== name)
          await this.#volumes.remove(other.name);
      }
    };
    await this.#work.join(name, make, onTold, abort);
    if (made.kind !== 'volume' || mountPoints.length === 0) return;
    const inVolume = `${name} ${mountPoints.join(' ')}`;
    await this.#work.join(
      inVolume,
      (_, stop) => this.#volumes.makeDirectories(name, mountPoints, stop),
      () => {},
      abort,
    );
  }

  /** Fetches a chain, and writes what its layers make together. */
  #filling(
    kind: Made['kind'],
    chain: Planned['chain'],
    mountPoints: readonly string[],
  ): (tell: (told: Told) => void) => Fill {
    return (tell) => (root, write, stop) =>
      this.#spool.with(
        chain,
        async (readLayer) => {
          const tree = new FileTree();
          for (const layer of chain.keys())
            await tree.putLayer((take) => readLayer(layer, (entry) => void take(entry)));
          if (kind === 'image') tree.forgetRoot();
          for (const path of mountPoints) tree.addMountPoint(path);
          await writeTree(tree.root, root, readLayer, write);
        },
        ({ id, size = 0 }, done) => tell({ layerId: id, done, size }),
        stop,
      );
  }

  async forget(attempt: Attempt): Promise<void> {
    this.#held.delete(attemptKey(attempt));
  }

  async release(executorId: string, kept: readonly string[]): Promise<void> {
    const { whole } = await this.#volumes.list();
    for (const { name, ...made } of whole) {
      const isGone = made.executorId === executorId && !kept.includes(made.storageId ?? '');
      if (made.kind === 'image' && isGone) await this.#volumes.remove(name);
    }
  }

  async releaseVolume(volumeId: string): Promise<void> {
    const { whole } = await this.#volumes.list();
    for (const { name, kind, storageId } of whole) {
      if (kind !== 'volume' || storageId !== volumeId) continue;
      if (!(await this.#volumes.remove(name))) throw new Error(`${volumeId} is in use`);
    }
  }

  async volumes(): Promise<readonly KeptVolume[]> {
    const { whole } = await this.#volumes.list();
    return whole.flatMap(({ kind, storageId, instance }) =>
      kind === 'volume' && storageId !== undefined && instance !== undefined
        ? [{ id: storageId, instance }]
        : [],
    );
  }

  async prune(keepBytes: number): Promise<void> {
    const { whole, broken } = await this.#volumes.list();
    await this.#volumes.clearLeftovers(broken, (name) => this.#work.has(name));
    const references = await referencesOn(this.#docker, this.#scope);
    // From here on its container holds what was held for an attempt.
    for (const key of references.attempts) this.#held.delete(key);
    const isHeld = (name: string): boolean => [...this.#held.values()].some((names) => names.has(name));
    const usage = await usageOf(this.#docker);
    const sizes = volumeSizes(usage);
    const shared = whole
      .filter((volume) => volume.kind === 'image' && !isWritten(volume))
      .filter(({ name }) => !references.volumes.has(name) && !isHeld(name))
      .map(({ name, createdAt }) => ({
        size: sizes.get(name) ?? 0,
        usedAt: this.#usedAt.get(name) ?? (Date.parse(createdAt) || 0),
        remove: () => this.#volumes.remove(name),
      }));
    const images = imagesOf(this.#docker, usage, this.#authority, (digest) => this.#usedAt.get(digest));
    await dropBeyond(keepBytes, [...shared, ...images]);
  }
}
