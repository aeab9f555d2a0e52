import type { Idempotency } from '../idempotency.ts';
import type { Caller } from '../principal.ts';
import type { Location } from './location.ts';

/** A life of a name that is over. */
export interface PastLocation {
  /** As it was when it went, its last grants with it; `modifiedAt` is when that was. */
  readonly location: Location;
  /** When its delete was asked for. */
  readonly closedAt: string;
  /** Until when that is known: for as long as what happened there. */
  readonly keptUntil: string;
}

/** Which lives of a name: those that began until a time, the latest first; or those that began after it, the earliest first. */
export type Lives = { readonly until: string } | { readonly after: string };

/** Keeps locations; every method is one round trip but `insert`, and each write is decided by a condition of its own. */
export interface LocationStore {
  /** The location, read with strong consistency. */
  get(name: string): Promise<Location | undefined>;
  /** Locations by name, at most `limit`, after `after`; and whether there are more, which may be so of any number. */
  list(limit: number, after?: string): Promise<{ items: Location[]; more: boolean }>;
  /** Adds it, and its accounting where it has a capacity, once it has looked how its lists are to be laid out. Throws `name-collision`. */
  insert(location: Location, caller: Caller, idempotency?: Idempotency): Promise<void>;
  /**
   * Replaces `former` where its revision still stands; a changed capacity moves the space still available.
   * Throws `revision-mismatch`, `unknown-location`, or `insufficient-space` where its elements take more.
   */
  replace(location: Location, former: Location, caller: Caller): Promise<void>;
  /** Marks it closing, to be finished by the sweeper at `dueAt`. Throws as `replace`. */
  close(location: Location, former: Location, dueAt: string, caller: Caller): Promise<void>;
  /** At most `limit` of the lives of a name that are over. */
  past(name: string, lives: Lives, limit: number): Promise<PastLocation[]>;
  /** The IDs of the first elements that stand in it, by name; elements written in the last moments may be missed. */
  keeps(location: Location, limit: number): Promise<readonly string[]>;
}
