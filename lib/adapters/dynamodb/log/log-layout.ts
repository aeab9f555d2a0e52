import { randomUUID } from 'node:crypto';
import { DEFAULT_LOG_SHARDS } from '../../../event/event-log.ts';
import { absent } from '../engine/clause.ts';
import type { Expression, Item, RowKey } from '../engine/expression.ts';
import { unavailable } from '../engine/failure.ts';
import { backOff } from '../engine/retry.ts';
import type { Table } from '../engine/table.ts';

/** The shards of a log, and the end of the one sequence before them. */
export interface Shards {
  readonly count: number;
  /** Tells this log from all others. */
  readonly log: string;
  /** The last position of the one sequence before the shards. */
  readonly sealedAt: number;
}

/** The shards of the log, or the last position of its one sequence; neither if nothing was ever logged. */
type Layout =
  | { readonly shards: Shards; readonly position?: undefined }
  | { readonly shards?: undefined; readonly position: number | undefined };

const MAX_TRIES = 20;

/** Holds while the head of a sequence is as it was read; undefined if there was none. */
export const unmoved = (position: number | undefined): Expression =>
  position === undefined
    ? absent
    : { expression: '#at = :at', names: { '#at': 'position' }, values: { ':at': position } };

const toShards = (root: Item | undefined): Shards | undefined =>
  root?.shards === undefined
    ? undefined
    : { count: root.shards as number, log: root.log as string, sealedAt: root.sealedAt as number };

/**
 * Whether the log has shards. The head of its one former sequence says so. That head then has no position any
 * more, so that no process that does not know shards can write there. A log keeps its shards for good, so a
 * process asks only until the log has them.
 */
export class LogLayout {
  readonly #table: Table;
  readonly #root: RowKey;
  readonly #wanted: number | undefined;
  #shards: Shards | undefined;

  /**
   * `wanted` is the number of shards that the log is to have. Without it, a log without shards stays as it is,
   * unless it is empty.
   */
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

  /**
   * The shards that events go into; undefined if they go into the one sequence. Throws if their number is not
   * the wanted one.
   */
  async settle(): Promise<Shards | undefined> {
    for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
      const { shards, position } = await this.read();
      if (shards) return this.#asWanted(shards);
      const count = this.#wanted ?? (position === undefined ? DEFAULT_LOG_SHARDS : undefined);
      if (count === undefined) return undefined;
      const sealed = { ...this.#root, shards: count, log: randomUUID().slice(0, 8), sealedAt: position ?? 0 };
      // If another process was faster, or the answer got lost, the next look finds the shards.
      const { ok } = await this.#table.put(sealed, unmoved(position));
      if (!ok) await backOff(tries);
    }
    throw unavailable();
  }

  /** Why the log cannot have the wanted number of shards, and what to deploy instead; undefined if it can. */
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
