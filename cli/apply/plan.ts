import { isDeepStrictEqual } from 'node:util';
import { isObject } from '../../lib/is-object.ts';

/** The present and the declared value of a field. */
export interface Change {
  readonly path: string;
  readonly from?: unknown;
  readonly to?: unknown;
  /** The member that leaves and joins again for this change. */
  readonly replaces?: string;
  /** What happens to running tasks because of this change. */
  readonly how?: string;
}

/** An impossible change, and what to do instead. */
interface Refusal extends Change {
  readonly wayOut: string;
}

/** The changes of one document. */
export interface Plan {
  readonly result: 'created' | 'configured' | 'unchanged';
  readonly changes: readonly Change[];
  readonly refusals: readonly Refusal[];
  /** Warnings that need no change. */
  readonly notes: readonly string[];
  /** Makes the changes, or throws: also `revision-mismatch`, `stale-handle` or `name-collision` if another caller came first. */
  make(): Promise<void>;
}

/** The changes that a merge patch makes. */
export const differences = (from: unknown, to: unknown, path: string): Change[] => {
  if (isObject(from) && isObject(to))
    return [...new Set([...Object.keys(from), ...Object.keys(to)])].flatMap((key) =>
      differences(from[key], to[key], `${path}.${key}`),
    );
  const [former, next] = [from ?? undefined, to ?? undefined];
  return isDeepStrictEqual(former, next) ? [] : [{ path, from: former, to: next }];
};

/** The plan for an existing thing. */
export const changing = (
  changes: readonly Change[],
  make: () => Promise<void>,
  rest: Partial<Pick<Plan, 'refusals' | 'notes'>> = {},
): Plan => ({
  result: changes.length === 0 ? 'unchanged' : 'configured',
  changes,
  refusals: [],
  notes: [],
  ...rest,
  make,
});

/** The plan for a new thing. */
export const creating = (
  make: () => Promise<void>,
  { changes = [], notes = [] }: Partial<Pick<Plan, 'changes' | 'notes'>> = {},
): Plan => ({
  result: 'created',
  changes,
  refusals: [],
  notes,
  make,
});
