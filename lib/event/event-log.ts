import type { Page } from '../element/element-store.ts';
import type { TaskportEvent } from './catalogue.ts';

/** Days for which the log is kept; consumers that were away for longer have the archive. */
export const LOG_DAYS = 30;
/** Shards of a log in which nothing stood before; and how many there can be, since one request reads where all of them end. */
export const DEFAULT_LOG_SHARDS = 16;
export const MOST_LOG_SHARDS = 64;

/** An event on its way into the log. */
export interface Entering {
  readonly event: TaskportEvent;
  /** Where in the stream its change stands; greater for every later change of the same record. */
  readonly sequence: string;
  /** Which event of its change it is: 0, 1, 2 … */
  readonly order: number;
}

/** How far a reader came: in each shard the position of the last event that it had; 1, 2, 3 … in the order in which they were logged. */
export interface Place {
  /** Which log it is in; absent for the one sequence that all events stood in before there were shards. */
  readonly log?: string;
  /** Whose events they are: those that name this location; absent for all. */
  readonly location?: string;
  readonly positions: readonly number[];
}

/** Before the first event, whatever is asked for. */
export const BEGINNING: Place = { positions: [0] };

/** An event, and how far a reader came who had it. */
export interface Logged {
  readonly event: TaskportEvent;
  readonly place: Place;
}

export interface LogPage {
  readonly logged: readonly Logged[];
  /** Where to go on: behind the last of them, or further where what followed has expired. */
  readonly place: Place;
  /** Nothing was behind it when it was read. */
  readonly isEnd: boolean;
}

/**
 * Keeps what happened, in shards: what has one `ordererOf` is in one of them, in order. What names a location is also kept by
 * itself, for its readers. Every method may throw `unavailable`.
 */
export interface EventLog {
  /** Adds events, each once however often it is given, in the order given; the audit trail has them for `auditDays`. */
  append(events: readonly Entering[], auditDays: number): Promise<void>;
  /** Behind the last event by now, of those that name the location, or of all. */
  end(location: string | undefined): Promise<Place>;
  /** Whether it is a place in this log. */
  has(place: Place): Promise<boolean>;
  /**
   * Events after a place, the next of those that are still kept first. A place from before there were shards goes on in those of
   * the location, or of all; until then it is for the reader to choose among all events.
   */
  after(place: Place, limit: number, location: string | undefined): Promise<LogPage>;
  /** A page of what happened to one record, the earliest first; `after` is the place after which it begins. */
  of(id: string, limit: number, after?: string): Promise<Page<TaskportEvent>>;
}
