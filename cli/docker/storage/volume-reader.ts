import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import type Dockerode from 'dockerode';
import { loaded } from '../../../lib/loaded.ts';
import { packDirectory } from '../../push/packed-directory.ts';
import type { EngineFacts, ReachedEngine } from '../reach-engine.ts';
import { again, removed } from './engine-call.ts';
import type { EngineVolumes } from './engine-volumes.ts';
import type { FilledTree } from './filled-tree.ts';
import type { Write } from './tree-archive.ts';
import { stateOfTree } from './tree-state.ts';
import { VolumesThere } from './volumes-there.ts';

/** The state of a volume at one moment. */
export interface VolumeState {
  /** Changes with everything that the reader sees. */
  readonly state: string;
  /** Bytes of the files. */
  readonly size: number;
  /** The SHA-256 of each file by path, in hexadecimal, if the reader has read it. */
  readonly contents?: ReadonlyMap<string, string>;
}

export interface Packing {
  /** The state before this archive. */
  readonly before: VolumeState;
  /** Whether the archive replaces all data below it. */
  readonly alone: boolean;
  /** Reports what the archive leaves out. */
  readonly tell: (line: string) => void;
  readonly abort: AbortSignal;
  /** The contents with which the volume was filled, for a reader that cannot read all attributes. */
  readonly filled: () => Promise<FilledTree>;
}

/** Reads the contents of an engine's volume. */
export interface VolumeReader {
  /** The state of a volume; if its files have more than `most` bytes, reads only as much as tells that. */
  stateOf(name: string, abort: AbortSignal, most?: number): Promise<VolumeState>;
  /** Writes everything as one archive, and answers the state at that time. */
  pack(name: string, write: Write, packing: Packing): Promise<VolumeState>;
}

/** Podman changes attributes of a volume's root at the first mount; this ignores changes only there. */
const isRootSeen = ({ name }: EngineFacts): boolean => name !== 'Podman';

/** Volumes that are directories of this machine: the reader sees changes without reading a file, and loses no attributes. */
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

/** Whether the owners on the engine's disk differ from those in its containers. */
const SHIFTED = /name=(?:rootless|userns)/;

/**
 * Whether volumes of the engine are directories of this machine that this process can read: an engine on another machine or in another
 * container may name a path that is something else here.
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

/** The reader for volumes of an engine, chosen at the first use. */
export const volumeReader = (engine: ReachedEngine, volumes: EngineVolumes): (() => Promise<VolumeReader>) =>
  loaded(async () =>
    (await hasVolumesHere(engine))
      ? new VolumesHere(engine)
      : new VolumesThere(volumes, engine.facts.name === 'Podman'),
  );
