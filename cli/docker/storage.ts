import type Dockerode from 'dockerode';
import { ROOT } from '../../lib/composition/composition.ts';
import type { ComposedContainer } from '../../lib/composition/plan/composed-container.ts';
import { parentsFirst } from '../../lib/composition/plan/mount-order.ts';
import { nestedMounts } from '../../lib/composition/plan/mount-under-file.ts';
import { type Attempt, attemptKey } from '../../lib/execution/attempt.ts';
import {
  LaunchError,
  type SaveOptions,
  type WrittenArchive,
  type WrittenVolume,
} from '../../lib/execution/engine.ts';
import { wordsOf } from './api-error.ts';
import type { Made, Scope } from './labels.ts';
import type { ReachedEngine } from './reach-engine.ts';
import { type DriverConfig, UNLESS_GONE } from './storage/driver.ts';
import type { EngineStorage, Mount, PrepareOptions, Remains } from './storage/engine-storage.ts';
import { EngineVolumes, type Fill } from './storage/engine-volumes.ts';
import { FileTree } from './storage/file-tree.ts';
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

/** Storage as volumes of an engine. */
export class DockerStorage implements EngineStorage {
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
  readonly #written: WrittenCopies;

  constructor({ engine, scope, fetchLayer, authority, directory }: DockerStorageOptions) {
    this.#docker = engine.docker;
    this.#volumes = new EngineVolumes(engine, scope);
    this.#scope = scope;
    this.#authority = authority;
    this.#spool = new Spool(directory, fetchLayer);
    this.#written = new WrittenCopies({
      ...{ docker: engine.docker, scope, volumes: this.#volumes, spool: this.#spool },
      reader: volumeReader(engine, this.#volumes),
    });
  }

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
        this.#written.attach({ ...planned, attachment, fill: fill(tell), isClaimed }, stop);
      return this.#work.join(name, attach, onTold, abort);
    }
    const make = async (tell: (told: Told) => void, stop: AbortSignal): Promise<string> => {
      const { whole } = await this.#volumes.list();
      if (!whole.some((volume) => volume.name === name))
        await this.#volumes.make(name, made, fill(tell), stop);
      for (const other of whole) {
        // Removes writes of an earlier bind or join, and writes over other data: no task reads them again.
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

  async forget(attempt: Attempt): Promise<void> {
    this.#held.delete(attemptKey(attempt));
  }

  async release(executorId: string, kept: readonly string[]): Promise<void> {
    const { whole } = await this.#volumes.list();
    for (const { name, ...made } of whole) {
      const isGone = made.executorId === executorId && !kept.includes(made.storageId ?? '');
      if (isWritten(made) && isGone) await this.#volumes.remove(name);
    }
  }

  written(): Promise<readonly WrittenVolume[]> {
    return this.#written.written();
  }

  save(
    volume: WrittenVolume,
    send: (archive: WrittenArchive) => Promise<void>,
    options: SaveOptions,
  ): Promise<'unchanged' | 'sent' | 'absent'> {
    return this.#written.save(volume, send, options);
  }

  settle(volume: WrittenVolume, saved?: string): Promise<void> {
    return this.#written.settle(volume, saved);
  }

  setAside(volume: WrittenVolume): Promise<void> {
    return this.#written.setAside(volume);
  }

  async remains(): Promise<readonly Remains[]> {
    const { whole } = await this.#volumes.list();
    const { copies } = this.#written;
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

  async prune(keepBytes: number): Promise<void> {
    const { whole, broken } = await this.#volumes.list();
    await this.#volumes.clearLeftovers(broken, (name) => this.#work.has(name));
    const { copies } = this.#written;
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
