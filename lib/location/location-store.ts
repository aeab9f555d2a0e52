import type { Idempotency } from '../idempotency.ts';
import type { Caller } from '../principal.ts';
import type { Location } from './location.ts';

/** Keeps locations; every method is one round trip, and each write is decided by a condition of its own. */
export interface LocationStore {
  /** The location, read with strong consistency. */
  get(name: string): Promise<Location | undefined>;
  /** Locations by name, at most `limit`, after `after`; and whether there are more, which may be so of any number. */
  list(limit: number, after?: string): Promise<{ items: Location[]; more: boolean }>;
  /** Adds it, and its accounting where it has a capacity. Throws `name-collision`. */
  insert(location: Location, caller: Caller, idempotency?: Idempotency): Promise<void>;
  /**
   * Replaces `former` where its revision still stands; a changed capacity moves the space still available.
   * Throws `revision-mismatch`, `unknown-location`, or `insufficient-space` where its elements take more.
   */
  replace(location: Location, former: Location, caller: Caller): Promise<void>;
  /** Marks it closing, to be finished by the sweeper at `dueAt`. Throws as `replace`. */
  close(location: Location, former: Location, dueAt: string, caller: Caller): Promise<void>;
  /** The IDs of the first elements that stand in it, by name; elements written in the last moments may be missed. */
  keeps(location: Location, limit: number): Promise<readonly string[]>;
}
