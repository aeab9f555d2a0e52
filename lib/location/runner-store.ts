import type { Caller } from '../principal.ts';
import type { Location } from './location.ts';
import type { Lease, LeaseChange } from './runner-lease.ts';

/** A location in one of its lives: one that is created anew under its name has another lease. */
export type Life = Pick<Location, 'name' | 'createdAt'>;

/** Keeps who runs the tasks of locations; each method is one round trip. */
export interface RunnerStore {
  /** The lease, read with strong consistency; undefined where nobody ever claimed it. */
  get(location: Life): Promise<Lease | undefined>;
  /** Those of several locations, in their order; not consistent. */
  several(locations: readonly Life[]): Promise<readonly (Lease | undefined)[]>;
  /** Replaces the lease where it is as it was read. Throws `revision-mismatch` where it is not. */
  replace(location: Life, former: Lease | undefined, change: LeaseChange, caller: Caller): Promise<void>;
  /**
   * Notes that the runner of that epoch was heard, and that it has settled what was lost. Answers the lease; undefined where the epoch is
   * not the present one, or its runner was interrupted.
   */
  renew(location: Life, epoch: number, heardAt: string, settled: boolean): Promise<Lease | undefined>;
}
