import { createHash } from 'node:crypto';
import { ByteSource } from '../../../lib/element/archive/byte-source.ts';
import { shown } from '../../../lib/element/archive/refusal.ts';
import { type DataTaker, readTar, type TarEntry } from '../../../lib/element/archive/tar-reader.ts';
import { END, OPAQUE, padding, tarHeader } from '../../push/tar-header.ts';
import type { EngineVolumes } from './engine-volumes.ts';
import { type Attributes, attributesOf } from './file-tree.ts';
import type { FilledTree } from './filled-tree.ts';
import type { Write } from './tree-archive.ts';
import type { Packing, VolumeReader, VolumeState } from './volume-reader.ts';

const NANOSECONDS = 1_000_000_000n;

const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');

/** The path in the volume, from the engine's path, which begins with the name of the volume's root. */
const below = (path: string): string => path.replace(/^[^/]*\/?/, '').replace(/\/$/, '');

const isWithin = (one: bigint, other: bigint, most: bigint): boolean =>
  one - other < most && other - one < most;

const CAPABILITY = 'security.capability';

const capabilityOf = ({ attributes }: Attributes): string | undefined =>
  attributes.find(([key]) => key === CAPABILITY)?.[1].toString('hex');

/** Why an entry is left out; undefined if it is not. */
const reasonAgainst = ({ type, name, device }: TarEntry): string | undefined => {
  if (type === 'unknown') return 'is of a type that no archive has';
  if (below(name).split('/').at(-1)?.startsWith('.wh.'))
    return 'has a name that starts with `.wh.`, which removes a file when an archive is unpacked';
  const isWhiteout = type === 'character-device' && device.major === 0 && device.minor === 0;
  return isWhiteout ? 'is the device 0:0, which removes a file when an archive is unpacked' : undefined;
};

/** Notes about a volume while it is packed, by paths. */
interface Seen {
  readonly former: FilledTree;
  readonly contents: ReadonlyMap<string, string>;
  readonly written: ReadonlyMap<string, Attributes>;
  /** Files whose attributes the engine does not tell, and files whose owners it does not tell. */
  readonly lost: string[];
  readonly guessed: string[];
}

/** The entries from an engine, in its order. */
class Told {
  readonly #hash = createHash('sha256');
  /** The SHA-256 of each file, by path. */
  readonly contents = new Map<string, string>();
  readonly #isPodman: boolean;
  size = 0;

  constructor(isPodman: boolean) {
    this.#isPodman = isPodman;
  }

  /** Takes an entry, with its data. */
  add(entry: TarEntry): DataTaker {
    const { name, type, linkname, device, size } = entry;
    const { modified, attributes, ...said } = attributesOf(entry);
    const content = createHash('sha256');
    this.size += size;
    return {
      take: async (bytes) => void content.update(bytes),
      end: async () => {
        const digest = content.digest('hex');
        if (below(name) === '' && this.#isPodman) return;
        if (type === 'file') this.contents.set(below(name), digest);
        const values = attributes.map(([key, value]) => [key, value.toString('hex')]);
        const all = [name, type, said, String(modified), values, linkname, device, digest];
        this.#hash.update(JSON.stringify(all));
      },
    };
  }

  state(): VolumeState {
    return { state: `archive:${this.#hash.digest('hex')}`, size: this.size, contents: this.contents };
  }
}

/**
 * Volumes that only the engine's API reads: to see a change, this reads everything. The API tells times to the second, and of the
 * attributes only capabilities. An unchanged file keeps the attributes of the archives that filled the volume.
 */
export class VolumesThere implements VolumeReader {
  readonly #volumes: EngineVolumes;
  readonly #isPodman: boolean;

  constructor(volumes: EngineVolumes, isPodman: boolean) {
    this.#volumes = volumes;
    this.#isPodman = isPodman;
  }

  async stateOf(name: string, abort: AbortSignal, most = Number.POSITIVE_INFINITY): Promise<VolumeState> {
    const told = new Told(this.#isPodman);
    const add = (entry: TarEntry): DataTaker => {
      const taker = told.add(entry);
      if (told.size > most) throw new Error('it is too large');
      return taker;
    };
    await this.#read(name, add, abort).catch((error) => {
      if (!(told.size > most)) throw error;
    });
    const { state, ...rest } = told.state();
    return { state: told.size > most ? `${state} and more` : state, ...rest };
  }

  async pack(
    name: string,
    write: Write,
    { before, alone, tell, abort, filled }: Packing,
  ): Promise<VolumeState> {
    const former = await filled();
    const { contents = new Map() } = before;
    const told = new Told(this.#isPodman);
    const lost: string[] = [];
    const guessed: string[] = [];
    const written = new Map<string, Attributes>();
    await this.#read(
      name,
      (entry) => {
        const seen = told.add(entry);
        const path = below(entry.name);
        const reason = reasonAgainst(entry);
        if (reason !== undefined) tell(`left out: ${shown(path)} ${reason}`);
        const said = this.#attributesOf(entry, { former, contents, written, lost, guessed });
        written.set(path, said);
        const parts = reason === undefined ? partsOf(entry, said, path === '' && alone) : [];
        let [header = Buffer.alloc(0), rest = Buffer.alloc(0)] = parts;
        const begin = async (): Promise<void> => {
          if (header.length > 0) await write(header);
          header = Buffer.alloc(0);
        };
        return {
          take: async (bytes) => {
            await seen.take(bytes);
            await begin();
            if (reason === undefined) await write(bytes);
          },
          end: async () => {
            await seen.end();
            await begin();
            if (rest.length > 0) await write(rest);
            rest = Buffer.alloc(0);
          },
        };
      },
      abort,
    );
    await write(END);
    if (lost.length > 0) {
      const which = `${lost.length} that changed, the first of which is ${shown(lost[0] ?? '')}`;
      tell(
        `left out: attributes of users and access lists of ${which}: this engine's API does not tell them`,
      );
    }
    if (guessed.length > 0) {
      const which = `${guessed.length} that are new, the first of which is ${shown(guessed[0] ?? '')}`;
      tell(
        `left out: owners of ${which}: Podman does not tell them, and they get those of their directories`,
      );
    }
    return told.state();
  }

  /** The attributes to write for an entry: those with which it was filled, if it is unchanged as far as the engine tells. */
  #attributesOf(entry: TarEntry, { former, contents, written, lost, guessed }: Seen): Attributes {
    const { type, linkname } = entry;
    const path = below(entry.name);
    let said = attributesOf(entry);
    // A second name of a file has its attributes.
    if (type === 'link') return written.get(below(linkname)) ?? said;
    const was = former.get(path);
    if (this.#isPodman) {
      // The engine reports root as the owner of all files.
      const { uid, gid } = was?.said ?? written.get(path.replace(/\/?[^/]*$/, '')) ?? said;
      said = { ...said, uid, gid };
      if (!was && path !== '') guessed.push(path);
    }
    if (!was) return said;
    const isAsItWas =
      was.type === type &&
      was.said.mode === said.mode &&
      was.said.uid === said.uid &&
      was.said.gid === said.gid &&
      // One engine cuts fractions of a second, the other rounds them.
      isWithin(was.said.modified, said.modified, NANOSECONDS) &&
      capabilityOf(was.said) === capabilityOf(said) &&
      (type !== 'symlink' || was.linkname === linkname) &&
      (type !== 'file' || was.content === contents.get(path));
    if (isAsItWas) return was.said;
    if (was.said.attributes.some(([key]) => key !== CAPABILITY)) lost.push(path);
    return said;
  }

  async #read(name: string, visit: Parameters<typeof readTar>[1], abort: AbortSignal): Promise<void> {
    await this.#volumes.read(name, (bytes) => readTar(new ByteSource(bytes), visit), abort);
  }
}

/** The bytes before the data of an entry in an archive, and after it. */
const partsOf = (entry: TarEntry, said: Attributes, isOpaque: boolean): [Buffer, Buffer] => {
  const { type, device, size } = entry;
  const path = below(entry.name);
  const isFile = type === 'file';
  const header = tarHeader({
    ...said,
    type: type as Exclude<typeof type, 'unknown'>,
    device,
    size: isFile ? size : 0,
    name: bytesOf(type === 'directory' ? `${path || '.'}/` : path),
    linkname: bytesOf(type === 'link' ? below(entry.linkname) : entry.linkname),
  });
  return [header, isFile ? padding(size) : isOpaque ? OPAQUE : Buffer.alloc(0)];
};
