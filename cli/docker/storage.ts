import type Dockerode from 'dockerode';
import { ROOT } from '../../lib/composition/composition.ts';
import type { ComposedContainer } from '../../lib/composition/plan/composed-container.ts';
import { parentsFirst } from '../../lib/composition/plan/mount-order.ts';
import { nestedMounts } from '../../lib/composition/plan/mount-under-file.ts';
import { type Attempt, attemptKey } from '../../lib/execution/attempt.ts';
import { LaunchError } from '../../lib/execution/engine.ts';
import { wordsOf } from './api-error.ts';
import type { Made, Scope } from './labels.ts';
import type { ReachedEngine } from './reach-engine.ts';
import { type DriverConfig, UNLESS_GONE } from './storage/driver.ts';
import { EngineVolumes, type Fill } from './storage/engine-volumes.ts';
import { FileTree } from './storage/file-tree.ts';
import type { Mount, PrepareOptions } from './storage/mount.ts';
import { isBare, isCache, isWritten, type Planned, plannedVolume } from './storage/planned-volume.ts';
import { dropBeyond, imagesOf, referencesOn, usageOf, volumesOf } from './storage/reclaim.ts';
import { SharedWork } from './storage/shared-work.ts';
import { type FetchLayer, Spool } from './storage/spool.ts';
import { writeTree } from './storage/tree-archive.ts';
import { volumeReader } from './storage/volume-reader.ts';
import { WrittenCopies } from './storage/written-copies.ts';

export interface DockerStorageOptions {
  readonly engine: ReachedEngine;
  readonly scope: Scope;
  readonly fetchLayer: FetchLayer;
  /** The address from which the engine pulls images of the service: `host:port`. */
  readonly authority: string;
  /** The directory for archives on their way to the engine; the first use empties it. */
  readonly directory: string;
}

interface Told {
  readonly layerId: string;
  readonly done: number;
  readonly size: number;
}

/** Data on an engine of an element that a caller may have deleted since. */
interface Remains {
  /** The ID of a volume that no executor writes to now, or of an executor that wrote. */
  readonly id: string;
  /** When the service created the volume. */
  readonly instance?: string;
  /** Drops it; false if a container uses it. */
  drop(): Promise<boolean>;
}

/**
 * The storage of an engine apart from the root: volumes, found by their labels. Every method may be called again, also by a process that
 * knows nothing of the first call.
 */
export class DockerStorage {
  readonly writes: WrittenCopies;
  readonly #volumes: EngineVolumes;
  readonly #scope: Scope;
  readonly #spool: Spool;
  readonly #work = new SharedWork<Told>();
  readonly #docker: Dockerode;
  /** Names of volumes and digests of images that attempts were prepared with, before a container refers to them. */
  readonly #held = new Map<string, Set<string>>();
  /** The time of the last request for each. */
  readonly #usedAt = new Map<string, number>();
  readonly #authority: string;

  constructor({ engine, scope, fetchLayer, authority, directory }: DockerStorageOptions) {
    this.#docker = engine.docker;
    this.#volumes = new EngineVolumes(engine, scope);
    this.#scope = scope;
    this.#authority = authority;
    this.#spool = new Spool(directory, fetchLayer);
    this.writes = new WrittenCopies({
      docker: engine.docker,
      scope,
      volumes: this.#volumes,
      spool: this.#spool,
      reader: volumeReader(engine, this.#volumes),
    });
  }

  /**
   * Prepares the mounts beside the root, and answers those of the attempt's container, parents first. `prune` keeps these volumes until a
   * container refers to them, and then as long as the container exists. Throws `LaunchError`.
   */
  async prepare(
    attempt: Attempt,
    { storage }: Pick<ComposedContainer, 'storage'>,
    { abort, onProgress, claimed = [] }: PrepareOptions,
  ): Promise<readonly Mount[]> {
    const beside = storage.filter(({ mount }) => mount.path !== ROOT);
    const nested = nestedMounts(storage);
    const held = new Set<string>();
    this.#held.set(attemptKey(attempt), held);
    const use = (what: string): void => {
      held.add(what);
      this.#usedAt.set(what, Date.now());
    };
    for (const { digest } of storage) if (digest !== undefined) use(digest);
    const onTold = (told: Told): void => onProgress?.({ attempt, ...told });
    try {
      const mounts: Mount[] = [];
      for (const one of parentsFirst(beside, ({ mount }) => mount.path)) {
        // No directory for a mount can be created in a read-only mount.
        const inside = nested.filter(({ outer }) => outer === one && one.mount.readOnly);
        const mountPoints = inside.map(({ way }) => way.at(-1) as string).sort();
        const planned = plannedVolume(this.#scope, one, attempt, mountPoints);
        use(planned.name);
        const Source = await this.#make(planned, mountPoints, claimed, onTold, abort);
        mounts.push({
          Type: 'volume',
          Source,
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

  /** Answers the name of the engine's volume. */
  async #make(
    planned: Planned,
    mountPoints: readonly string[],
    claimed: readonly string[],
    onTold: (told: Told) => void,
    abort: AbortSignal,
  ): Promise<string> {
    const { name, made, chain, driver } = planned;
    const isEmpty = chain.length === 0 && mountPoints.length === 0;
    const fill = (tell: (told: Told) => void): Fill | DriverConfig | undefined =>
      driver ?? (isEmpty ? undefined : this.#filling(made.kind, chain, mountPoints)(tell));
    const { attachment } = made;
    if (attachment !== undefined) {
      const isClaimed = claimed.includes(attachment);
      const attach = (tell: (told: Told) => void, stop: AbortSignal): Promise<string> =>
        this.writes.attach({ ...planned, attachment, fill: fill(tell), isClaimed }, stop);
      return this.#work.join(name, attach, onTold, abort);
    }
    const make = async (tell: (told: Told) => void, stop: AbortSignal): Promise<string> => {
      const { whole } = await this.#volumes.list();
      if (!whole.some((volume) => volume.name === name))
        await this.#volumes.make(name, made, fill(tell), stop);
      for (const other of whole) {
        // No task reads writes of an earlier bind or join again, nor writes over other data.
        const isOfIt = isWritten(other) && other.storageId === made.storageId;
        if (isWritten(made) && isOfIt && other.executorId === made.executorId && other.name !== name)
          await this.#volumes.remove(other.name);
      }
      return name;
    };
    await this.#work.join(name, make, onTold, abort);
    if (driver === undefined || mountPoints.length === 0) return name;
    const inVolume = `${name} ${mountPoints.join(' ')}`;
    const makeDirectories = (_: unknown, stop: AbortSignal): Promise<void> =>
      this.#volumes.makeDirectories(name, mountPoints, stop);
    await this.#work.join(inVolume, makeDirectories, () => {}, abort);
    return name;
  }

  /** Downloads a chain, and writes the merged result of its layers. */
  #filling(
    kind: Made['kind'],
    chain: Planned['chain'],
    mountPoints: readonly string[],
  ): (tell: (told: Told) => void) => Fill {
    return (tell) => (root, write, stop) =>
      this.#spool.with(
        chain,
        async (readLayer) => {
          const tree = await FileTree.of(chain.length, readLayer);
          if (kind === 'image') tree.forgetRoot();
          for (const path of mountPoints) tree.addMountPoint(path);
          await writeTree(tree.root, root, readLayer, write);
        },
        ({ id, size = 0 }, done) => tell({ layerId: id, done, size }),
        stop,
      );
  }

  /** Releases the storage of an attempt that has ended, or that the runner gave up. */
  async forget(attempt: Attempt): Promise<void> {
    this.#held.delete(attemptKey(attempt));
  }

  /** Drops writes of the executor that nobody saves, except those to storage in `kept`. Keeps volumes in use. */
  async release(executorId: string, kept: readonly string[]): Promise<void> {
    const { whole } = await this.#volumes.list();
    for (const { name, ...made } of whole) {
      const isGone = made.executorId === executorId && !kept.includes(made.storageId ?? '');
      if (isWritten(made) && isGone) await this.#volumes.remove(name);
    }
  }

  /** The data on this engine without an attachment, for a comparison with the service. */
  async remains(): Promise<readonly Remains[]> {
    const { whole } = await this.#volumes.list();
    const { copies } = this.writes;
    return [
      ...(await copies.free(whole)).map((copy) => ({
        id: copy.volumeId,
        instance: copy.instance,
        drop: () => copies.drop(copy),
      })),
      ...whole.filter(isWritten).map(({ name, executorId = '' }) => ({
        id: executorId,
        drop: () => this.#volumes.remove(name),
      })),
    ];
  }

  /** Removes unreferenced storage: leftovers at once; images and volumes that the runner can make again, beyond `keepBytes`. */
  async prune(keepBytes: number): Promise<void> {
    const { whole, broken } = await this.#volumes.list();
    await this.#volumes.clearLeftovers(broken, (name) => this.#work.has(name));
    const { copies } = this.writes;
    await copies.clearLeftovers(whole);
    const references = await referencesOn(this.#docker, this.#scope);
    // From here on the attempt's container holds its images and volumes.
    for (const key of references.attempts) this.#held.delete(key);
    const isHeld = (what: string): boolean => [...this.#held.values()].some((held) => held.has(what));
    for (const volume of whole)
      if (isBare(volume) && !references.volumes.has(volume.name) && !isHeld(volume.name))
        await this.#volumes.remove(volume.name);
    const usage = await usageOf(this.#docker);
    const shared = whole.filter((volume) => isCache(volume) && !references.volumes.has(volume.name));
    const volumes = volumesOf(shared, usage, ({ name }) => this.#volumes.remove(name));
    const saved = volumesOf(await copies.free(whole), usage, (copy) => copies.drop(copy));
    const things = [...volumes, ...saved, ...imagesOf(this.#docker, usage, this.#authority)];
    await dropBeyond(keepBytes, things, isHeld, (name) => this.#usedAt.get(name));
  }
}
