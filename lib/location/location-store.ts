import type { Idempotency } from '../idempotency.ts';
import type { Page } from '../page.ts';
import type { Caller } from '../principal.ts';
import type { Location } from './location.ts';

/** An earlier location of a name. */
export interface PastLocation {
  /** The location as it was at its end, with its last grants; `modifiedAt` is the time of its end. */
  readonly location: Location;
  /** When its delete was requested. */
  readonly closedAt: string;
  /** Until when this is kept: as long as the events of the location. */
  readonly keptUntil: string;
}

/**
 * Selects earlier locations of a name: those that began until a time, the latest first; or those that began
 * after it, the earliest first.
 */
export type Lives = { readonly until: string } | { readonly after: string };

/** Keeps locations. Every method except `insert` is one round trip, and each write has a condition of its own. */
export interface LocationStore {
  /** The location, read with strong consistency. */
  get(name: string): Promise<Location | undefined>;
  /** A page of the locations, by name; it may have fewer than `limit`. */
  list(limit: number, after?: string): Promise<Page<Location>>;
  /**
   * Adds a location, and its space if it has a capacity, after it has decided the layout of its lists. Throws
   * `name-collision`.
   */
  insert(location: Location, caller: Caller, idempotency?: Idempotency): Promise<void>;
  /**
   * Replaces `former` if its revision is unchanged; a changed capacity changes the free space. Throws
   * `revision-mismatch`, `unknown-location`, or `insufficient-space` if its elements use more.
   */
  replace(location: Location, former: Location, caller: Caller): Promise<void>;
  /** Marks a location as closing; the sweeper finishes that at `dueAt`. Throws as `replace`. */
  close(location: Location, former: Location, dueAt: string, caller: Caller): Promise<void>;
  /** At most `limit` of the earlier locations of a name. */
  past(name: string, lives: Lives, limit: number): Promise<PastLocation[]>;
  /** The IDs of the first elements in the location, by name; elements of the last moments may be missing. */
  keeps(location: Location, limit: number): Promise<readonly string[]>;
}
