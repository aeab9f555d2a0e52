import { defined } from '../../../lib/defined.ts';
import type { WrittenVolume } from '../../../lib/execution/engine.ts';
import type { EngineVolume, EngineVolumes } from './engine-volumes.ts';

/** What a volume of the engine was known to be at one moment. */
interface Known {
  readonly name: string;
  /** The checksum of the data of its own; empty for none. */
  readonly data: string;
  /** By what it is told whether it is that still. */
  readonly state: string;
}

/** A volume of the engine that executors write to, by turns: one attachment has it at a time. */
export interface Copy {
  /** The engine's volume. */
  readonly name: string;
  readonly volumeId: string;
  readonly instance: string;
  readonly createdAt: string;
  readonly parents: string;
  /** Whose it is; absent once all that was written is saved. */
  readonly owner?: WrittenVolume;
  /** The volume of the engine that says so; absent where the copy was made for its owner, and nobody has said more. */
  readonly mark?: string;
  readonly known: readonly Known[];
  /** False where somebody removed it: only what was said of it is there. */
  readonly isThere: boolean;
  readonly isAside: boolean;
}

/** Whose a volume is, and which data it was, is said by empty volumes beside it, since labels do not change. */
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
          ...{ name, volumeId, parents, known, isThere: there.has(name), isAside: aside.has(name) },
          instance: there.get(name)?.instance ?? '',
          createdAt: there.get(name)?.createdAt ?? '',
          owner: ownedBy && ownerOf(ownedBy),
          mark: mark?.name,
        }),
      ];
    });
  }

  /** Those that nobody has, and that are some data of their volumes: they can be filled again. */
  async free(whole?: readonly EngineVolume[]): Promise<readonly Copy[]> {
    return (await this.list(whole)).filter(({ owner, isAside, isThere }) => !owner && !isAside && isThere);
  }

  /** Those that are kept aside: what was written there and given up while nobody here knew. */
  async aside(): Promise<readonly Copy[]> {
    return (await this.list()).filter(({ isAside, isThere }) => isAside && isThere);
  }

  /** What an attachment has here, kept aside or not. */
  async of({ attachment }: WrittenVolume): Promise<Copy | undefined> {
    return (await this.list()).find(({ owner }) => owner?.attachment === attachment);
  }

  /** Says whose a volume of the engine is. */
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

  /** Says which data a volume of the engine is, and forgets what it was before, but for `kept`. */
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

  /** Takes a volume of the engine from who has it: it is the data that it is known to be. */
  async release({ known, mark }: Copy, data: string): Promise<void> {
    for (const one of known) if (one.data !== data) await this.#volumes.remove(one.name);
    if (mark !== undefined) await this.#volumes.remove(mark);
  }

  /** Forgets what was said of volumes of the engine that are gone. */
  async clearLeftovers(whole: readonly EngineVolume[]): Promise<void> {
    const there = new Set(whole.map(({ name }) => name));
    for (const { kind, name, instance = '' } of whole)
      if ((kind === 'record' || kind === 'kept') && !there.has(instance)) await this.#volumes.remove(name);
  }

  async setAside({ name }: Copy): Promise<void> {
    await this.#volumes.say({ kind: 'kept', instance: name });
  }

  /** Removes a volume of the engine, and last what says whose it is; false where it is in use. */
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
  ...{ executorId, volumeId: storageId, attachment },
  ...defined({ base: data }),
});
