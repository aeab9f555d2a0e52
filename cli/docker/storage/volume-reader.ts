import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import type Dockerode from 'dockerode';
import { packDirectory } from '../../push/packed-directory.ts';
import type { EngineFacts, ReachedEngine } from '../reach-engine.ts';
import { again, removed } from './engine-call.ts';
import type { EngineVolumes } from './engine-volumes.ts';
import type { FilledTree } from './filled-tree.ts';
import type { Write } from './tree-archive.ts';
import { stateOfTree } from './tree-state.ts';
import { VolumesThere } from './volumes-there.ts';

/** What a volume is like at one moment. */
export interface VolumeState {
  /** Differs once anything of it that is seen differs. */
  readonly state: string;
  /** Bytes of its files. */
  readonly size: number;
}

export interface Packing {
  /** Whether the archive stands for all: nothing of what is below it is left. */
  readonly alone: boolean;
  /** Says what the archive does not hold. */
  readonly tell: (line: string) => void;
  readonly abort: AbortSignal;
  /** What the volume was filled with, for who cannot read all of it. */
  readonly filled: () => Promise<FilledTree>;
}

/** How what is in a volume of an engine is read. */
export interface VolumeReader {
  /** Of a volume whose files have more than `most` bytes, where it says that, no more is read than tells so. */
  stateOf(name: string, abort: AbortSignal, most?: number): Promise<VolumeState>;
  /** Writes all of it as one archive, and answers the state that it has then. */
  pack(name: string, write: Write, packing: Packing): Promise<VolumeState>;
}

/** Podman gives the root of a volume other attributes when it is first mounted; what changes there alone is not seen. */
const isRootSeen = ({ name }: EngineFacts): boolean => name !== 'Podman';

/** Volumes that are directories of this machine: whether they changed is told without reading a file, and nothing of them is lost. */
class VolumesHere implements VolumeReader {
  readonly #docker: Dockerode;
  readonly #isRootSeen: boolean;

  constructor({ docker, facts }: ReachedEngine) {
    this.#docker = docker;
    this.#isRootSeen = isRootSeen(facts);
  }

  async stateOf(name: string, abort: AbortSignal): Promise<VolumeState> {
    const { digest, size } = await stateOfTree(await this.#placeOf(name), this.#isRootSeen, abort);
    return { state: `files:${digest}`, size };
  }

  async pack(name: string, write: Write, { alone, tell, abort }: Packing): Promise<VolumeState> {
    const place = await this.#placeOf(name);
    const said = (line: string): void => tell(line.replaceAll(`${place}/`, ''));
    for await (const bytes of packDirectory(place, { root: true, asItIs: true, alone }, said))
      await write(bytes);
    return this.stateOf(name, abort);
  }

  async #placeOf(name: string): Promise<string> {
    const { Mountpoint } = await again(() => this.#docker.getVolume(name).inspect());
    return Mountpoint;
  }
}

/** Where numbers of owners on the engine's disk are others than in its containers. */
const SHIFTED = /name=(?:rootless|userns)/;

/**
 * Whether volumes of the engine are directories of this machine that this process may read, as they are: an engine may tell of a path on another
 * machine, or in another container, where this one has something else.
 */
const hasVolumesHere = async ({ docker, facts }: ReachedEngine): Promise<boolean> => {
  if (!facts.host.startsWith('unix://') || process.getuid?.() !== 0) return false;
  const { SecurityOptions } = (await again(() => docker.info())) as { SecurityOptions?: readonly string[] };
  if (SecurityOptions?.some((option) => SHIFTED.test(option))) return false;
  const volume = docker.getVolume(`taskport-probe-${randomUUID()}`);
  await again(() => docker.createVolume({ Name: volume.name }));
  try {
    return existsSync((await again(() => volume.inspect())).Mountpoint);
  } finally {
    await removed(() => volume.remove());
  }
};

/** The way to read volumes of an engine, found out when it is first needed. */
export const volumeReader = (
  engine: ReachedEngine,
  volumes: EngineVolumes,
): (() => Promise<VolumeReader>) => {
  let found: Promise<VolumeReader> | undefined;
  return () => {
    found ??= hasVolumesHere(engine).then(
      (isHere) =>
        isHere ? new VolumesHere(engine) : new VolumesThere(volumes, engine.facts.name === 'Podman'),
      (error) => {
        found = undefined;
        throw error;
      },
    );
    return found;
  };
};
