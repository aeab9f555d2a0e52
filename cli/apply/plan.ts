import { isDeepStrictEqual } from 'node:util';
import { isObject } from '../../lib/is-object.ts';

/** What is there of something that a document says, and what is to be there. */
export interface Change {
  readonly path: string;
  readonly from?: unknown;
  readonly to?: unknown;
  /** The member that leaves for it and joins anew. */
  readonly replaces?: string;
  /** What happens to what runs, for it. */
  readonly how?: string;
}

/** A change that cannot be made, and what to do instead. */
interface Refusal extends Change {
  readonly wayOut: string;
}

/** What has to be done about one document. */
export interface Plan {
  readonly result: 'created' | 'configured' | 'unchanged';
  readonly changes: readonly Change[];
  readonly refusals: readonly Refusal[];
  /** What the user should know, and nothing is done about. */
  readonly notes: readonly string[];
  /** Does it, or throws: also `revision-mismatch`, `stale-handle` or `name-collision` where it is not as it was when this was planned. */
  make(): Promise<void>;
}

/** What something is by a merge patch, where it is there. */
export const differences = (from: unknown, to: unknown, path: string): Change[] => {
  if (isObject(from) && isObject(to))
    return [...new Set([...Object.keys(from), ...Object.keys(to)])].flatMap((key) =>
      differences(from[key], to[key], `${path}.${key}`),
    );
  const [former, next] = [from ?? undefined, to ?? undefined];
  return isDeepStrictEqual(former, next) ? [] : [{ path, from: former, to: next }];
};

/** Of one that is there. */
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

/** Of one that is not there. */
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
