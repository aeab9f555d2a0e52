import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type Dockerode from 'dockerode';
import { LaunchError } from '../../../lib/execution/engine.ts';
import { statusOf } from '../api-error.ts';
import { filtersOf, isLabelled, labelsOf, type Made, madeOf, nameOf, type Scope } from '../labels.ts';
import { OwnImages } from '../own-images.ts';
import type { ReachedEngine } from '../reach-engine.ts';
import type { DriverConfig } from './driver.ts';
import { again, removed, unlessUsed } from './engine-call.ts';
import { missingOn } from './missing-directories.ts';
import { type Write, writeDirectories } from './tree-archive.ts';

/** A volume of the engine: what it is, and when it was made (RFC 3339). */
export interface EngineVolume extends Made {
  readonly name: string;
  readonly createdAt: string;
}

/** Where the volume is in a container that fills it. */
const PLACE = 'v';

const NO_COPY = { NoCopy: true, Labels: {}, DriverConfig: { Name: 'local', Options: {} } };

/** Writes an archive, in which `root` is the root of a volume. */
export type Fill = (root: string, write: Write, abort: AbortSignal) => Promise<void>;

/**
 * Volumes of an engine that are there whole or not at all. While one is filled, an empty one beside it says so, which a container of
 * the same life holds: a volume without it is whole, and what a process left half filled is found by it.
 */
export class EngineVolumes {
  readonly #docker: Dockerode;
  readonly #scope: Scope;
  readonly #images: OwnImages;
  readonly #isPodman: boolean;

  constructor({ docker, facts }: ReachedEngine, scope: Scope) {
    this.#docker = docker;
    this.#scope = scope;
    this.#images = new OwnImages(docker, facts.architecture);
    this.#isPodman = facts.name === 'Podman';
  }

  /** What is whole; and the names of those that are not. */
  async list(): Promise<{ readonly whole: readonly EngineVolume[]; readonly broken: readonly string[] }> {
    const { Volumes } = await again(() =>
      this.#docker.listVolumes({ filters: JSON.stringify(filtersOf(this.#scope)) }),
    );
    const all = (Volumes ?? []).flatMap(({ Name, Labels, ...rest }) => {
      const made = isLabelled(Labels, this.#scope) ? madeOf(Labels) : undefined;
      const { CreatedAt = '' } = rest as { readonly CreatedAt?: string };
      return made ? [{ ...made, name: Name, createdAt: CreatedAt }] : [];
    });
    const broken = all.flatMap(({ kind, instance }) => (kind === 'fill' && instance ? [instance] : []));
    return { whole: all.filter(({ kind, name }) => kind !== 'fill' && !broken.includes(name)), broken };
  }

  /** Makes a volume, with what `fill` writes; one that is there and not whole goes first. Throws, and then nothing of it is left. */
  async make(
    name: string,
    made: Made,
    fill: Fill | DriverConfig | undefined,
    abort: AbortSignal,
  ): Promise<void> {
    if (typeof fill !== 'function') {
      // What the engine made in the place of one that was gone has no labels.
      await this.clear(name);
      return this.#create(name, made, fill);
    }
    try {
      await this.#fill(name, made, fill, abort);
    } catch (error) {
      if (abort.aborted || error instanceof LaunchError || statusOf(error) !== undefined) throw error;
      // The engine went away, or an answer was lost.
      await this.#fill(name, made, fill, abort);
    }
  }

  async #fill(name: string, made: Made, fill: Fill, abort: AbortSignal): Promise<void> {
    await this.clear(name);
    const mark = this.#markOf(name);
    try {
      await this.#create(mark, { kind: 'fill', instance: name });
      await this.#create(name, made);
      await this.#withContainer(mark, [name, mark], (container) => this.#upload(container, fill, abort));
      await removed(() => this.#docker.getVolume(mark).remove());
    } catch (error) {
      await this.clear(name);
      throw error;
    }
  }

  /** Removes a volume and all that is of its filling, the mark last. Throws where it is in use. */
  async clear(name: string): Promise<void> {
    const mark = this.#markOf(name);
    await removed(() => this.#docker.getContainer(mark).remove({ force: true }));
    await removed(() => this.#docker.getVolume(name).remove());
    await removed(() => this.#docker.getVolume(mark).remove());
  }

  /** Removes a volume; false where it is in use. */
  remove(name: string): Promise<boolean> {
    return unlessUsed(() => removed(() => this.#docker.getVolume(name).remove()));
  }

  /** Makes an empty volume that says something of another, unless there is one that says it. */
  say(made: Made): Promise<void> {
    return this.#create(nameOf(this.#scope, made), made);
  }

  async unsay(made: Made): Promise<void> {
    await this.remove(nameOf(this.#scope, made));
  }

  /** Has the engine read all of a volume, as an archive, in which it has some name of its own. */
  async read(
    name: string,
    work: (archive: AsyncIterable<Uint8Array>) => Promise<void>,
    abort: AbortSignal,
  ): Promise<void> {
    const reading = nameOf(this.#scope, { kind: 'fill', instance: `reading ${name}` });
    await this.#withContainer(reading, [name], async (container) => {
      const archive = await container.getArchive({ path: `/${PLACE}`, abortSignal: abort });
      await pipeline(archive as Readable, work, { signal: abort });
    });
  }

  /** Makes directories in a volume, where there are none: nobody makes them for a mount in what is mounted read-only. */
  async makeDirectories(name: string, paths: readonly string[], abort: AbortSignal): Promise<void> {
    await this.#withContainer(
      nameOf(this.#scope, { kind: 'fill', instance: `directories of ${name}` }),
      [name],
      async (container) => {
        const missing = new Set<string>();
        for (const path of paths)
          for (const each of await missingOn(container, PLACE, path)) missing.add(each);
        if (missing.size === 0) return;
        await this.#upload(container, (root, write) => writeDirectories(root, [...missing], write), abort);
      },
    );
  }

  /** Removes what no process fills any more: volumes that are not whole, and containers; `isFilled` says which still are. */
  async clearLeftovers(broken: readonly string[], isFilled: (name: string) => boolean): Promise<void> {
    const filters = JSON.stringify(filtersOf(this.#scope, { kind: 'fill' }));
    for (const { Id, Labels } of await again(() => this.#docker.listContainers({ all: true, filters }))) {
      const { instance } = madeOf(Labels) ?? {};
      if (instance !== undefined && !isFilled(instance))
        await removed(() => this.#docker.getContainer(Id).remove({ force: true }));
    }
    for (const name of broken) if (!isFilled(name)) await unlessUsed(() => this.clear(name));
  }

  #markOf(name: string): string {
    return nameOf(this.#scope, { kind: 'fill', instance: name });
  }

  async #create(name: string, made: Made, driver?: DriverConfig): Promise<void> {
    const options = driver && { Driver: driver.Name, DriverOpts: { ...driver.Options } };
    await again(() =>
      this.#docker.createVolume({ Name: name, Labels: labelsOf(this.#scope, made), ...options }),
    );
  }

  /** Does something with a container that has volumes and never starts; the first of them is at `PLACE`. */
  async #withContainer(
    name: string,
    volumes: readonly string[],
    work: (container: Dockerode.Container) => Promise<void>,
  ): Promise<void> {
    const options = {
      name,
      Image: await this.#images.get('empty'),
      Cmd: ['never'],
      Labels: labelsOf(this.#scope, { kind: 'fill', instance: volumes[0] as string }),
      HostConfig: {
        NetworkMode: 'none',
        Mounts: volumes.map((Source, at) => ({
          Type: 'volume' as const,
          Source,
          Target: `/${at === 0 ? PLACE : `${PLACE}${at}`}`,
          ReadOnly: at > 0,
          VolumeOptions: NO_COPY,
        })),
      },
    };
    const container = this.#docker.getContainer(name);
    const remove = (): Promise<void> => removed(() => container.remove({ force: true }));
    // One of this name is of a process before this one, or of a call whose answer was lost.
    await remove();
    try {
      await this.#docker.createContainer(options).catch(async (error) => {
        if (statusOf(error) !== undefined) throw error;
        await remove();
        await this.#docker.createContainer(options);
      });
      await work(container);
    } finally {
      await remove();
    }
  }

  /** Has the engine unpack an archive as it is written. */
  async #upload(container: Dockerode.Container, fill: Fill, abort: AbortSignal): Promise<void> {
    // Docker unpacks links that leave a directory into its root alone, and Podman finds volumes by the path that it is told alone.
    const [root, path] = this.#isPodman ? ['.', `/${PLACE}`] : [PLACE, '/'];
    const archive = new PassThrough({ highWaterMark: 2 ** 20 });
    archive.on('error', () => {});
    const stop = new AbortController();
    const signal = AbortSignal.any([abort, stop.signal]);
    const write: Write = async (bytes) => {
      abort.throwIfAborted();
      if (archive.destroyed) throw new Error(CLOSED);
      if (!archive.write(bytes)) await drained(archive);
    };
    const writing = fill(root, write, signal).then(
      () => void archive.end(),
      (error: Error) => {
        if (error.message !== CLOSED) stop.abort(error);
        throw error;
      },
    );
    const putting = container
      .putArchive(archive, { path, abortSignal: signal })
      .finally(() => archive.destroy());
    const [written, put] = await Promise.allSettled([writing, putting]);
    abort.throwIfAborted();
    // What the engine says comes first: nothing could be written for that reason.
    if (put.status === 'rejected' && statusOf(put.reason) !== undefined) throw put.reason;
    if (written.status === 'rejected') throw written.reason;
    if (put.status === 'rejected') throw put.reason;
  }
}

const CLOSED = 'the engine takes no more of the archive';

const drained = (stream: PassThrough): Promise<void> =>
  new Promise((settle) => {
    const done = (): void => {
      stream.off('drain', done).off('close', done);
      settle();
    };
    stream.on('drain', done).on('close', done);
  });
