import { defined } from '../../../lib/defined.ts';
import type { WrittenVolume } from '../../../lib/execution/engine.ts';
import type { EngineVolume, EngineVolumes } from './engine-volumes.ts';

/** The data that an engine's volume had at one moment. */
interface Known {
  readonly name: string;
  /** The checksum of the volume's own data; empty for none. */
  readonly data: string;
  /** The mark that tells whether the volume still has this data. */
  readonly state: string;
}

/** A volume of the engine for executors that write, one attachment at a time. */
export interface Copy {
  /** The engine's volume. */
  readonly name: string;
  readonly volumeId: string;
  readonly instance: string;
  readonly createdAt: string;
  readonly parents: string;
  /** The attachment that owns it; absent once everything is saved. */
  readonly owner?: WrittenVolume;
  /** The record of the owner; absent if the copy was made for its owner and has no record since. */
  readonly mark?: string;
  readonly known: readonly Known[];
  /** False if somebody removed the volume: only its records exist. */
  readonly isThere: boolean;
  readonly isAside: boolean;
}

/** Records the owner and the data of a volume as empty volumes beside it, because labels never change. */
export class Copies {
  readonly #volumes: EngineVolumes;

  constructor(volumes: EngineVolumes) {
    this.#volumes = volumes;
  }

  async list(whole?: readonly EngineVolume[]): Promise<readonly Copy[]> {
    const all = whole ?? (await this.#volumes.list()).whole;
    const there = new Map(
      all.flatMap((one) => (one.attachment && one.kind === 'volume' ? [[one.name, one]] : [])),
    );
    const marks = new Map(
      all.flatMap((one) => (one.kind === 'attachment' ? [[one.instance ?? '', one]] : [])),
    );
    const aside = new Set(all.flatMap(({ kind, instance }) => (kind === 'kept' ? [instance] : [])));
    return [...new Set([...there.keys(), ...marks.keys()])].flatMap((name) => {
      const mark = marks.get(name);
      const made = there.get(name) ?? mark;
      const known = all.flatMap((one) =>
        one.kind === 'record' && one.instance === name
          ? [{ name: one.name, data: one.data ?? '', state: one.state ?? '' }]
          : [],
      );
      const ownedBy = mark ?? (known.length === 0 ? made : undefined);
      const { storageId: volumeId, parents = '' } = made ?? {};
      if (volumeId === undefined) return [];
      return [
        defined({
          name,
          volumeId,
          parents,
          known,
          isThere: there.has(name),
          isAside: aside.has(name),
          instance: there.get(name)?.instance ?? '',
          createdAt: there.get(name)?.createdAt ?? '',
          owner: ownedBy && ownerOf(ownedBy),
          mark: mark?.name,
        }),
      ];
    });
  }

  /** Copies without an owner whose data is known: the runner can fill them again. */
  async free(whole?: readonly EngineVolume[]): Promise<readonly Copy[]> {
    return (await this.list(whole)).filter(({ owner, isAside, isThere }) => !owner && !isAside && isThere);
  }

  /** Copies that are kept aside: their writes were given up while this runner did not know. */
  async aside(): Promise<readonly Copy[]> {
    return (await this.list()).filter(({ isAside, isThere }) => isAside && isThere);
  }

  /** The copies of an attachment, kept aside or not. */
  async of({ attachment }: WrittenVolume): Promise<Copy | undefined> {
    return (await this.list()).find(({ owner }) => owner?.attachment === attachment);
  }

  /** Records the owner of a volume. */
  async give(name: string, { executorId, volumeId, attachment, base }: WrittenVolume): Promise<void> {
    const more = defined({ data: base });
    await this.#volumes.say({
      kind: 'attachment',
      instance: name,
      executorId,
      storageId: volumeId,
      attachment,
      ...more,
    });
  }

  /** Records the data of a volume, and removes earlier records except `kept`. */
  async know(
    { name, known }: Pick<Copy, 'name' | 'known'>,
    data: string,
    state: string,
    kept?: string,
  ): Promise<void> {
    await this.#volumes.say({ kind: 'record', instance: name, data, state });
    for (const one of known)
      if (one.data === data ? one.state !== state : one.data !== kept) await this.#volumes.remove(one.name);
  }

  /** Takes a volume from its owner: it has the recorded data. */
  async release({ known, mark }: Copy, data: string): Promise<void> {
    for (const one of known) if (one.data !== data) await this.#volumes.remove(one.name);
    if (mark !== undefined) await this.#volumes.remove(mark);
  }

  /** Removes the records of volumes that are gone. */
  async clearLeftovers(whole: readonly EngineVolume[]): Promise<void> {
    const there = new Set(whole.map(({ name }) => name));
    for (const { kind, name, instance = '' } of whole)
      if ((kind === 'record' || kind === 'kept') && !there.has(instance)) await this.#volumes.remove(name);
  }

  async setAside({ name }: Copy): Promise<void> {
    await this.#volumes.say({ kind: 'kept', instance: name });
  }

  /** Removes a volume, and then its record of the owner; false if the volume is in use. */
  async drop({ name, known, mark, isAside }: Copy): Promise<boolean> {
    if (!(await this.#volumes.remove(name))) return false;
    for (const one of known) await this.#volumes.remove(one.name);
    if (mark !== undefined) await this.#volumes.remove(mark);
    if (isAside) await this.#volumes.unsay({ kind: 'kept', instance: name });
    return true;
  }
}

const ownerOf = ({
  executorId = '',
  storageId = '',
  attachment = '',
  data,
}: EngineVolume): WrittenVolume => ({
  executorId,
  volumeId: storageId,
  attachment,
  ...defined({ base: data }),
});
