import type { TaskportEvent } from '../../../event/catalogue.ts';

/** An event of a shard. */
export interface Shown {
  readonly event: TaskportEvent;
  readonly shard: number;
  readonly position: number;
}

/**
 * How many events of a page each shard gives if they have more together than fit: a shard with few gives all,
 * and the others give equal numbers.
 */
export const share = (limit: number, pending: readonly number[]): number[] => {
  const shares = pending.map(() => 0);
  let left = limit;
  const ascending = [...pending.entries()].sort(([, a], [, b]) => a - b);
  for (const [nth, [at, count]] of ascending.entries()) {
    shares[at] = Math.min(count, Math.floor(left / (ascending.length - nth)));
    left -= shares[at];
  }
  return shares;
};

/** Merges the events of several shards by time, and keeps the order within each shard. */
export const merge = (shards: readonly (readonly Shown[])[]): Shown[] => {
  const queues = shards.map((shown) => [...shown]);
  const merged: Shown[] = [];
  for (;;) {
    let earliest: Shown[] | undefined;
    for (const queue of queues) {
      const [first] = queue;
      if (first && !(earliest?.[0] && earliest[0].event.detail.at <= first.event.detail.at)) earliest = queue;
    }
    const next = earliest?.shift();
    if (!next) return merged;
    merged.push(next);
  }
};
