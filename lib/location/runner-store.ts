import type { Caller } from '../principal.ts';
import type { Location } from './location.ts';
import type { Lease, LeaseChange } from './runner-lease.ts';

/** One location of a name: another location that is created later under its name has another lease. */
export type Life = Pick<Location, 'name' | 'createdAt'>;

/** Keeps the leases of locations; each method is one round trip. */
export interface RunnerStore {
  /** The lease, read with strong consistency; undefined if no runner ever claimed it. */
  get(location: Life): Promise<Lease | undefined>;
  /** The leases of several locations, in their order; eventually consistent. */
  several(locations: readonly Life[]): Promise<readonly (Lease | undefined)[]>;
  /** Replaces the lease if it is as it was read. Throws `revision-mismatch` otherwise. */
  replace(location: Life, former: Lease | undefined, change: LeaseChange, caller: Caller): Promise<void>;
  /**
   * Records that the service heard the runner of this epoch, and whether it has reported the lost tasks. Answers
   * the lease; undefined if the epoch is not the present one, or its runner was interrupted.
   */
  renew(location: Life, epoch: number, heardAt: string, settled: boolean): Promise<Lease | undefined>;
}
