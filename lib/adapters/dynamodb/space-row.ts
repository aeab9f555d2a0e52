import type { ElementRecord } from '../../element/element.ts';
import type { Location } from '../../location/location.ts';
import { absent, type Clause } from './engine/clause.ts';
import type { Item, Write } from './engine/expression.ts';
import { unavailable } from './engine/failure.ts';
import { spaceKey } from './keys.ts';

/** Thrown if a share has less than a caller wants to take; other shares may have more. */
export class ShortShare extends Error {}

const spaceOf = (record: ElementRecord | undefined): number => record?.attributes.capacity ?? 0;

/** KiB that a location accounts for when `after` takes the place of `before`. */
export const spaceTaken = (before: ElementRecord | undefined, after: ElementRecord | undefined): number =>
  spaceOf(after) - spaceOf(before);

/** KiB that are left in a share, by its row. */
export const leftIn = (row: Item | undefined): number => (row?.available as number | undefined) ?? 0;

/** The first share of a location, which has all of its capacity. */
export const firstShare = (location: Location): Write => ({
  put: { ...spaceKey(location), row: 'space', available: location.capacity },
  condition: absent,
});

/** Takes KiB from a share if it has enough. */
const take = (location: Location, share: number, kib: number): Clause => ({
  write: {
    update: spaceKey(location, share),
    set: { expression: 'SET available = available - :kib', values: { ':kib': kib } },
    condition: { expression: 'available >= :kib', values: { ':kib': kib } },
  },
  problem: () => new ShortShare(),
});

/**
 * Gives KiB to a share, and creates the share if it does not exist; the first share exists as long as its
 * location.
 */
const give = (location: Location, share: number, kib: number): Clause => ({
  write: {
    update: spaceKey(location, share),
    set: {
      expression: 'SET available = if_not_exists(available, :none) + :kib, #row = :space',
      names: { '#row': 'row' },
      values: { ':none': 0, ':kib': kib, ':space': 'space' },
    },
    ...(share === 0 ? { condition: { expression: 'attribute_exists(pk)' } } : {}),
  },
  problem: () => unavailable(),
});

/**
 * Takes KiB from a share, or gives them back if the number is negative. Does nothing if the location has no
 * capacity.
 */
export const moveSpace = (location: Location, share: number, kib: number): Clause[] => {
  if (location.capacity === undefined || kib === 0) return [];
  return [kib > 0 ? take(location, share, kib) : give(location, share, -kib)];
};
