import { expect } from 'vitest';
import { defined } from '../../lib/defined.ts';
import type { Layer } from '../workflows/layer.ts';
import { type Answer, ask, type Entry, type Ledger, type Shown } from './ledger.ts';

export const LOCATIONS = { image: 'images', volume: 'volumes' } as const;

type Kind = keyof typeof LOCATIONS;

/** The problems that may refuse a change, each with its condition. */
type Refusals = Readonly<Record<string, (answer: Answer) => boolean>>;

const any = <T>(items: readonly T[]): T | undefined => items[Math.floor(Math.random() * items.length)];

/** Changes its own elements one after another, some with shared parents, and records the answers. */
export class Writer {
  readonly #name: string;
  readonly #ledger: Ledger;
  readonly #layers: readonly Layer[];
  readonly #own: Entry[] = [];
  #count = 0;

  constructor(name: string, ledger: Ledger, layers: readonly Layer[]) {
    this.#name = name;
    this.#ledger = ledger;
    this.#layers = layers;
  }

  /** Makes this many changes, or fewer if the product ends. */
  async write(url: string, changes: number, deletes: boolean, isGone: () => boolean): Promise<void> {
    for (let left = changes; left > 0 && !isGone(); left -= 1) await this.#change(url, deletes);
  }

  async #change(url: string, deletes: boolean): Promise<void> {
    const entry = any(this.#own.filter(({ shown, doubt }) => shown && doubt === undefined));
    const dice = Math.random();
    if (!entry || dice < 0.45) return this.#create(url);
    if (entry.shown?.state === 'pending' && dice < 0.85) return this.#putData(url, entry);
    return dice > 0.75 && deletes ? this.#delete(url, entry) : this.#update(url, entry);
  }

  async #create(url: string): Promise<void> {
    const kind: Kind = Math.random() < 0.6 ? 'image' : 'volume';
    const parent = Math.random() < 0.6 ? this.#parentFor(kind) : undefined;
    this.#count += 1;
    const name = `${this.#name}-${this.#count}`;
    const entry = this.#ledger.open(kind, LOCATIONS[kind], name, parent?.id);
    this.#own.push(entry);
    const layer = any([undefined, ...this.#layers]);
    const awaited = layer === undefined && Math.random() < 0.3;
    const metadata = { ro: { writer: this.#name }, rw: { count: '0', text: 'zwei\nZeilen' } };
    const body = {
      id: entry.id,
      metadata,
      ...defined({ parentId: parent?.id }),
      ...(layer ? { data: { base64: layer.base64 } } : awaited ? { data: { upload: true } } : {}),
      freeSpace: 64,
    };
    const predicted = {
      id: entry.id,
      revision: 1,
      metadata,
      state: awaited ? 'pending' : 'ready',
      ...defined({ parentId: parent?.id }),
      ...(layer ? { checksum: layer.checksum, unpackedSize: layer.unpackedSize } : {}),
    };
    const answer = ask(url, 'POST', '/v1/elements', body);
    await this.#record(entry, predicted, answer, 201, { 'unknown-parent': () => parent?.doomed === true });
  }

  async #putData(url: string, entry: Entry): Promise<void> {
    const layer = any(this.#layers) as Layer;
    const { checksum, size, unpackedSize } = layer;
    const predicted = { ...this.#next(entry), state: 'ready', checksum, size, unpackedSize };
    await this.#record(entry, predicted, ask(url, 'PUT', `${entry.path}/data`, layer.bytes), 200);
  }

  async #update(url: string, entry: Entry): Promise<void> {
    const next = this.#next(entry);
    const { metadata } = entry.shown as unknown as { metadata: { ro: object; rw: object } };
    if (Math.random() < 0.7) {
      const rw = { count: String(next.revision) };
      const predicted = { ...next, metadata: { ...metadata, rw: { ...metadata.rw, ...rw } } };
      return this.#record(entry, predicted, ask(url, 'PATCH', entry.path, { metadata: { rw } }), 200);
    }
    const freeSpace = Math.floor(Math.random() * 512);
    await this.#record(entry, { ...next, freeSpace }, ask(url, 'PATCH', entry.path, { freeSpace }), 200);
  }

  async #delete(url: string, entry: Entry): Promise<void> {
    entry.doomed = true;
    await this.#record(entry, 'gone', ask(url, 'DELETE', entry.path), 204, {
      'in-use': ({ body }) => body.references.length > 0,
    });
  }

  #parentFor(kind: Kind): Entry | undefined {
    return any(
      this.#ledger.all().filter((entry) => {
        const fits = entry.kind === 'image' || kind === 'volume';
        return fits && entry.shown?.state === 'ready' && entry.doubt === undefined;
      }),
    );
  }

  /** The element after any change, without the values that the change computes. */
  #next({ shown }: Entry): Partial<Shown> & { revision: number } {
    const { modifiedAt: _, capacity: __, resizedFrom: ___, ...kept } = shown as Shown;
    return { ...kept, revision: kept.revision + 1 };
  }

  /** Records the answer to a change: done as predicted, correctly refused, or in doubt. */
  async #record(
    entry: Entry,
    predicted: Partial<Shown> | 'gone',
    answering: Promise<Answer | undefined>,
    done: number,
    refusals: Refusals = {},
  ): Promise<void> {
    entry.doubt = predicted;
    const answer = await answering;
    if (!answer) return;
    if (answer.status === done) {
      if (predicted !== 'gone') expect(answer.body).toMatchObject(predicted);
      this.#ledger.settle(entry, answer.body);
      return;
    }
    expect(refusals[answer.body.code]?.(answer), `${entry.id}: ${JSON.stringify(answer)}`).toBe(true);
    delete entry.doubt;
  }
}
