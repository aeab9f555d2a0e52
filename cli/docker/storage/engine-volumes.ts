import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type Dockerode from 'dockerode';
import { LaunchError } from '../../../lib/execution/engine.ts';
import { statusOf } from '../api-error.ts';
import { filtersOf, isLabelled, labelsOf, type Made, madeOf, nameOf, type Scope } from '../labels.ts';
import { OwnImages } from '../own-images.ts';
import type { ReachedEngine } from '../reach-engine.ts';
import { upload } from '../upload.ts';
import type { DriverConfig } from './driver.ts';
import { again, removed, unlessUsed } from './engine-call.ts';
import { missingOn } from './missing-directories.ts';
import { type Write, writeDirectories } from './tree-archive.ts';

/** A volume of the engine: its labels, and when it was made (RFC 3339). */
export interface EngineVolume extends Made {
  readonly name: string;
  readonly createdAt: string;
}

/** The path of the volume in the container that fills it. */
const PLACE = 'v';

const NO_COPY = { NoCopy: true, Labels: {}, DriverConfig: { Name: 'local', Options: {} } };

/** Writes an archive, in which `root` is the root of a volume. */
export type Fill = (root: string, write: Write, abort: AbortSignal) => Promise<void>;

/**
 * Creates volumes of an engine so that each is complete or not there. While a container fills a volume, an empty volume beside it marks
 * it as incomplete; so a later process finds what an interrupted one left.
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

  /** The complete volumes, and the names of the incomplete ones. */
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

  /** Creates a volume and fills it with `fill`; first removes an incomplete one of this name. If it throws, it has removed the volume. */
  async make(
    name: string,
    made: Made,
    fill: Fill | DriverConfig | undefined,
    abort: AbortSignal,
  ): Promise<void> {
    if (typeof fill !== 'function') {
      // A volume that the engine made in place of a lost one has no labels.
      await this.clear(name);
      return this.#create(name, made, fill);
    }
    try {
      await this.#fill(name, made, fill, abort);
    } catch (error) {
      if (abort.aborted || error instanceof LaunchError || statusOf(error) !== undefined) throw error;
      // The engine stopped, or an answer was lost.
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

  /** Removes a volume and everything from its filling, the mark last. Throws if it is in use. */
  async clear(name: string): Promise<void> {
    const mark = this.#markOf(name);
    await removed(() => this.#docker.getContainer(mark).remove({ force: true }));
    await removed(() => this.#docker.getVolume(name).remove());
    await removed(() => this.#docker.getVolume(mark).remove());
  }

  /** Removes a volume; false if it is in use. */
  remove(name: string): Promise<boolean> {
    return unlessUsed(() => removed(() => this.#docker.getVolume(name).remove()));
  }

  /** Creates an empty volume as a record about another, unless that record exists. */
  say(made: Made): Promise<void> {
    return this.#create(nameOf(this.#scope, made), made);
  }

  async unsay(made: Made): Promise<void> {
    await this.remove(nameOf(this.#scope, made));
  }

  /** Has the engine read a whole volume as an archive, whose root has a name that the engine chooses. */
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

  /** Creates missing directories in a volume: an engine cannot create them for a mount within a read-only one. */
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

  /** Removes incomplete volumes and containers that no process fills; `isFilled` tells which are still being filled. */
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

  /** Calls `work` with a container that has volumes and never starts; the first volume is at `PLACE`. */
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
    // An earlier process, or a call whose answer was lost, made one of this name.
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

  /** Has the engine unpack an archive while this writes it. */
  async #upload(container: Dockerode.Container, fill: Fill, abort: AbortSignal): Promise<void> {
    // Docker unpacks links that leave a directory only into its root, and Podman finds volumes only by the path of the call.
    const [root, path] = this.#isPodman ? ['.', `/${PLACE}`] : [PLACE, '/'];
    await upload(
      (write, signal) => fill(root, write, signal),
      (archive, abortSignal) => container.putArchive(archive, { path, abortSignal }),
      abort,
    );
  }
}
