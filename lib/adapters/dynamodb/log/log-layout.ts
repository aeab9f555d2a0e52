import { randomUUID } from 'node:crypto';
import { DEFAULT_LOG_SHARDS } from '../../../event/event-log.ts';
import { absent } from '../engine/clause.ts';
import type { Expression, Item, RowKey } from '../engine/expression.ts';
import { unavailable } from '../engine/failure.ts';
import { backOff } from '../engine/retry.ts';
import type { Table } from '../engine/table.ts';

/** Into how many shards events go, and what is before them. */
export interface Shards {
  readonly count: number;
  /** Tells this log from every other. */
  readonly log: string;
  /** The last position of the one sequence that was before them. */
  readonly sealedAt: number;
}

/** The shards, or the last position of the one sequence; neither where nothing was ever logged. */
type Layout =
  | { readonly shards: Shards; readonly position?: undefined }
  | { readonly shards?: undefined; readonly position: number | undefined };

const MAX_TRIES = 20;

/** That the head of a sequence is where it was read; undefined where there was none. */
export const unmoved = (position: number | undefined): Expression =>
  position === undefined
    ? absent
    : { expression: '#at = :at', names: { '#at': 'position' }, values: { ':at': position } };

const toShards = (root: Item | undefined): Shards | undefined =>
  root?.shards === undefined
    ? undefined
    : { count: root.shards as number, log: root.log as string, sealedAt: root.sealedAt as number };

/**
 * Whether the log has shards: the head of the one sequence that was before them says so. It then has no position any more, so that
 * nobody writes there who does not know of shards. That is for good: a process asks until it is so.
 */
export class LogLayout {
  readonly #table: Table;
  readonly #root: RowKey;
  readonly #wanted: number | undefined;
  #shards: Shards | undefined;

  /** `wanted` is how many shards the log is to have; without it one that has none goes on so, unless nothing stands in it. */
  constructor(table: Table, root: RowKey, wanted: number | undefined) {
    this.#table = table;
    this.#root = root;
    this.#wanted = wanted;
  }

  async read(): Promise<Layout> {
    if (this.#shards) return { shards: this.#shards };
    const root = await this.#table.get(this.#root);
    this.#shards = toShards(root);
    return this.#shards ? { shards: this.#shards } : { position: root?.position as number | undefined };
  }

  /** The shards that events go into; undefined where it is the one sequence. Throws where they are not as many as are wanted. */
  async settle(): Promise<Shards | undefined> {
    for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
      const { shards, position } = await this.read();
      if (shards) return this.#asWanted(shards);
      const count = this.#wanted ?? (position === undefined ? DEFAULT_LOG_SHARDS : undefined);
      if (count === undefined) return undefined;
      const sealed = { ...this.#root, shards: count, log: randomUUID().slice(0, 8), sealedAt: position ?? 0 };
      // Where another was faster, or the answer was lost, the next look tells.
      const { ok } = await this.#table.put(sealed, unmoved(position));
      if (!ok) await backOff(tries);
    }
    throw unavailable();
  }

  /** Why the log cannot have as many shards as are wanted, and what to deploy instead; undefined where it can. */
  async refusal(): Promise<string | undefined> {
    const { shards } = await this.read();
    return shards && this.#refusalOf(shards);
  }

  #asWanted(shards: Shards): Shards {
    const refusal = this.#refusalOf(shards);
    if (refusal !== undefined) throw new Error(refusal);
    return shards;
  }

  #refusalOf({ count }: Shards): string | undefined {
    if (this.#wanted === undefined || this.#wanted === count) return undefined;
    return `the log of events has ${count} shards for good, and logShards is ${this.#wanted}: deploy with logShards ${count}, or without it`;
  }
}
