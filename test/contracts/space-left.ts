import type { Item } from '../../lib/adapters/dynamodb/engine/expression.ts';

/** KiB that are left of a location in all of its shares; undefined where it has none. */
export const spaceLeft = (rows: readonly Item[], location: string): number | undefined => {
  const shares = rows.filter(
    ({ pk }) => pk === `space#${location}` || String(pk).startsWith(`space#${location}#`),
  );
  return shares.length === 0
    ? undefined
    : shares.reduce((sum, { available }) => sum + (available as number), 0);
};
