import type { TaskportEvent } from '../../../event/catalogue.ts';

/** An event of a shard. */
export interface Shown {
  readonly event: TaskportEvent;
  readonly shard: number;
  readonly position: number;
}

/** How many of a page each shard is given where they have more together: the least as many as they have, the others alike. */
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

/** Events of several shards as one, by time, as far as each shard keeps its order. */
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
