import type { Item } from '../../lib/adapters/dynamodb/engine/expression.ts';

/** The free KiB of a location in all of its shares; undefined if it has no capacity. */
export const spaceLeft = (rows: readonly Item[], location: string): number | undefined => {
  const shares = rows.filter(
    ({ pk }) => pk === `space#${location}` || String(pk).startsWith(`space#${location}#`),
  );
  return shares.length === 0
    ? undefined
    : shares.reduce((sum, { available }) => sum + (available as number), 0);
};
