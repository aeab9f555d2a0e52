import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type Dockerode from 'dockerode';
import { defined } from '../../../lib/defined.ts';
import { MAX_UNPACKED } from '../../../lib/element/archive/archive.ts';
import type { Checksum } from '../../../lib/element/checksum.ts';
import {
  LaunchError,
  SaveError,
  type SaveOptions,
  type WrittenArchive,
  type WrittenVolume,
} from '../../../lib/execution/engine.ts';
import { wordsOf } from '../api-error.ts';
import { isLabelled, type Made, type Scope } from '../labels.ts';
import { Copies, type Copy } from './copies.ts';
import type { DriverConfig } from './driver.ts';
import { again, removed } from './engine-call.ts';
import type { EngineVolumes, Fill } from './engine-volumes.ts';
import { FileTree } from './file-tree.ts';
import { type FilledTree, filledBy } from './filled-tree.ts';
import type { Planned } from './planned-volume.ts';
import type { Spool } from './spool.ts';
import type { ReadLayer, Write } from './tree-archive.ts';
import type { Packing, VolumeReader, VolumeState } from './volume-reader.ts';

/** A request for a copy of a volume for an attachment. */
export interface WantedCopy {
  readonly name: string;
  readonly made: Made;
  readonly chain: Planned['chain'];
  readonly attachment: string;
  readonly fill: Fill | DriverConfig | undefined;
  /** Whether the service named an engine for it before. */
  readonly isClaimed: boolean;
}

export interface WrittenCopiesOptions {
  readonly docker: Dockerode;
  readonly scope: Scope;
  readonly volumes: EngineVolumes;
  readonly spool: Spool;
  readonly reader: () => Promise<VolumeReader>;
}

const volumeOf = ({ made, chain, attachment }: WantedCopy): WrittenVolume => {
  const { executorId = '', storageId: volumeId = '' } = made;
  const own = chain.find(({ id }) => id === volumeId);
  return { executorId, volumeId, attachment, ...defined({ base: own?.checksum }) };
};

/** Reports that a copy cannot be saved now, with the error that prevented it. */
const asSaveError = (error: unknown): Error => {
  if (error instanceof SaveError) return error;
  const isFull = (error as NodeJS.ErrnoException).code === 'ENOSPC';
  return new SaveError(isFull ? 'no-room' : 'unreadable', wordsOf(error), { cause: error });
};

/** The writes of executors to volumes on this engine. */
export class WrittenCopies {
  readonly #docker: Dockerode;
  readonly #scope: Scope;
  readonly #volumes: EngineVolumes;
  readonly #spool: Spool;
  readonly #reader: () => Promise<VolumeReader>;
  readonly copies: Copies;

  constructor({ docker, scope, volumes, spool, reader }: WrittenCopiesOptions) {
    this.#docker = docker;
    this.#scope = scope;
    this.#volumes = volumes;
    this.#spool = spool;
    this.#reader = reader;
    this.copies = new Copies(volumes);
  }

  /** Provides a copy for an attachment: its own, one with the same data, or a new one. Answers its name. Throws `LaunchError`. */
  async attach(wanted: WantedCopy, abort: AbortSignal): Promise<string> {
    const { name, made, fill, isClaimed } = wanted;
    const volume = volumeOf(wanted);
    const all = await this.copies.list();
    const own = all.find(({ owner }) => owner?.attachment === volume.attachment);
    const { volumeId, base = '' } = volume;
    if (own?.isAside) throw new LaunchError(`the writes to ${volumeId} were released, and are kept aside`);
    if (own?.isThere && (isClaimed || own.known.length > 0)) return own.name;
    if (isClaimed)
      throw new LaunchError(
        `the writes to ${volumeId} are gone from this engine, and were not saved: unbind it with \`--discard\` to begin with the data of the last save`,
      );
    const reader = await this.#reader();
    let found = own?.isThere ? own.name : undefined;
    for (const copy of all) {
      if (copy.volumeId !== volumeId || copy.owner || copy.isAside) continue;
      const known = copy.known.find(({ data }) => data === base);
      const isSame = copy.instance === made.instance && copy.parents === made.parents;
      // Somebody may have written to it by hand.
      const isAsKnown = async () => (await reader.stateOf(copy.name, abort)).state === known?.state;
      if (found === undefined && known && isSame && (await isAsKnown())) {
        await this.copies.give(copy.name, volume);
        found = copy.name;
      } else await this.copies.drop(copy);
    }
    if (found !== undefined && found !== name) return found;
    if (found === undefined) await this.#volumes.make(name, made, fill, abort);
    await this.copies.give(name, volume);
    await this.copies.know({ name, known: [] }, base, (await reader.stateOf(name, abort)).state);
    return name;
  }

  async written(): Promise<readonly WrittenVolume[]> {
    return (await this.copies.list()).flatMap(({ owner, isAside }) => (owner && !isAside ? [owner] : []));
  }

  async save(
    volume: WrittenVolume,
    send: (archive: WrittenArchive) => Promise<void>,
    { abort, onProgress, onNote }: SaveOptions,
  ): Promise<'unchanged' | 'sent' | 'absent'> {
    const copy = await this.copies.of(volume);
    if (!copy?.isThere || copy.isAside) return 'absent';
    await this.#assertUnused(copy.name, volume.volumeId);
    const reader = await this.#reader();
    const { base = '' } = volume;
    const before = await reader.stateOf(copy.name, abort, MAX_UNPACKED).catch((error) => {
      abort.throwIfAborted();
      throw asSaveError(error);
    });
    if (copy.known.some(({ data, state }) => data === base && state === before.state)) return 'unchanged';
    if (before.size > MAX_UNPACKED)
      throw new SaveError(
        'too-large',
        `its files have ${before.size} bytes or more, holes included, and an archive holds ${MAX_UNPACKED}`,
      );
    const room = await this.#spool.room();
    if (before.size > room)
      throw new SaveError(
        'no-room',
        `its files have ${before.size} bytes or more, and the runner has room for ${room} in its state directory`,
      );
    return this.#spool.directory(async (directory) => {
      const path = join(directory, 'archive');
      const onBytes = (done: number): void =>
        onProgress?.({ volume, phase: 'reading', done, size: Math.max(before.size, done) });
      const packing: Packing = {
        alone: copy.parents !== '[]',
        before,
        tell: (line) => onNote?.(line),
        abort,
        filled: () => this.#filled(copy, volume, abort),
      };
      const pack = (write: Write): Promise<VolumeState> => reader.pack(copy.name, write, packing);
      const archive = await packed(path, before, pack, onBytes, abort).catch((error) => {
        abort.throwIfAborted();
        throw asSaveError(error);
      });
      await this.copies.know(copy, archive.checksum, before.state, base);
      if (archive.checksum === base) return 'unchanged';
      await send(archive);
      return 'sent';
    });
  }

  /** The contents with which a copy began, from the archives that filled it. */
  #filled({ parents }: Copy, { volumeId, base }: WrittenVolume, abort: AbortSignal): Promise<FilledTree> {
    const ancestors: [string, string][] = JSON.parse(parents || '[]');
    const own: [string, string][] = base === undefined ? [] : [[volumeId, base]];
    const layers = [...ancestors, ...own].map(([id, checksum]) => ({ id, checksum: checksum as Checksum }));
    const read = async (readLayer: ReadLayer): Promise<FilledTree> => {
      const tree = await FileTree.of(layers.length, readLayer);
      return filledBy(tree, layers.length, readLayer);
    };
    return this.#spool.with(layers, read, () => {}, abort);
  }

  async settle(volume: WrittenVolume, saved?: string): Promise<void> {
    const copy = await this.copies.of(volume);
    if (!copy || copy.isAside) return;
    const isKnown = copy.isThere && copy.known.some(({ data }) => data === saved);
    if (saved !== undefined && isKnown) await this.copies.release(copy, saved);
    else if (!(await this.copies.drop(copy))) throw new Error(`${volume.volumeId} is in use`);
  }

  async setAside(volume: WrittenVolume): Promise<void> {
    const copy = await this.copies.of(volume);
    if (copy) await this.copies.setAside(copy);
  }

  /** Throws if a container may still write to the volume. Removes containers of a runner that never started. */
  async #assertUnused(name: string, volumeId: string): Promise<void> {
    const filters = JSON.stringify({ volume: [name] });
    for (const { Id, State, Labels } of await again(() =>
      this.#docker.listContainers({ all: true, filters }),
    )) {
      if (State === 'created' || State === 'configured') {
        if (isLabelled(Labels, this.#scope)) await removed(() => this.#docker.getContainer(Id).remove());
      } else if (!['exited', 'dead'].includes(State)) throw new Error(`${volumeId} is in use`);
    }
  }
}

/** Writes an archive to a file. Throws if the volume changes meanwhile. */
const packed = async (
  path: string,
  before: VolumeState,
  pack: (write: Write) => Promise<VolumeState>,
  onBytes: (done: number) => void,
  abort: AbortSignal,
): Promise<WrittenArchive> => {
  const hash = createHash('sha256');
  let size = 0;
  const file = await open(path, 'wx', 0o600);
  try {
    const after = await pack(async (bytes) => {
      abort.throwIfAborted();
      await file.writeFile(bytes);
      hash.update(bytes);
      size += bytes.length;
      onBytes(size);
    });
    if (after.state !== before.state)
      throw new SaveError(
        'changed',
        'it changed while the runner read it: a program other than a task writes to it',
      );
  } finally {
    await file.close();
  }
  const checksum = `sha256:${hash.digest('hex')}`;
  const read = (from: number, to: number): Readable =>
    to > from
      ? createReadStream(path, { start: from, end: to - 1, highWaterMark: 2 ** 20 })
      : Readable.from([]);
  return { size, checksum, read };
};
