import type { ElementRecord } from '../../element/element.ts';
import { TaskportError } from '../../errors.ts';
import type { Location } from '../../location/location.ts';
import type { Item, Write } from './engine/expression.ts';
import { spaceKey } from './keys.ts';

const spaceOf = (record: ElementRecord | undefined): number => record?.attributes.capacity ?? 0;

/** KiB that a location accounts for when `after` takes the place of `before`. */
export const spaceTaken = (before: ElementRecord | undefined, after: ElementRecord | undefined): number =>
  spaceOf(after) - spaceOf(before);

/** The write that takes KiB from a location (or gives them back); none where it has no capacity. */
export const takeSpace = (location: Pick<Location, 'name' | 'capacity'>, kib: number): Write[] =>
  location.capacity === undefined || kib === 0
    ? []
    : [
        {
          update: spaceKey(location.name),
          set: { expression: 'SET available = available - :kib', values: { ':kib': kib } },
          condition: { expression: 'available >= :kib', values: { ':kib': kib } },
        },
      ];

/** The problem of a location that has less left than was asked for. */
export const insufficientSpace = (location: string, row: Item | undefined): TaskportError => {
  const available = (row?.available as number | undefined) ?? 0;
  return new TaskportError('insufficient-space', `${location} has ${available} KiB left`, { available });
};
