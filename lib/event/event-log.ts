import type { Page } from '../page.ts';
import type { TaskportEvent } from './catalogue.ts';

/** Days for which the log keeps events; consumers that were away for longer use the archive. */
export const LOG_DAYS = 30;
/**
 * The number of shards of a new log; and the most that a log can have, since one request reads the ends of all
 * shards.
 */
export const DEFAULT_LOG_SHARDS = 16;
export const MOST_LOG_SHARDS = 64;

/** An event on its way into the log. */
export interface Entering {
  readonly event: TaskportEvent;
  /** The position of its change in the stream; greater for every later change of the same record. */
  readonly sequence: string;
  /** The number of the event within its change: 0, 1, 2 … */
  readonly order: number;
}

/**
 * The progress of a reader: in each shard the position of the last event that it has read. Positions 1, 2, 3 …
 * follow the order in which events were logged.
 */
export interface Place {
  /** The log of the place; absent for the one sequence of all events from before there were shards. */
  readonly log?: string;
  /** A location, if the reader reads only the events that name it; absent for all events. */
  readonly location?: string;
  readonly positions: readonly number[];
}

/** The place before the first event, for every reader. */
export const BEGINNING: Place = { positions: [0] };

/** An event, and the place of a reader after it. */
export interface Logged {
  readonly event: TaskportEvent;
  readonly place: Place;
}

export interface LogPage {
  readonly logged: readonly Logged[];
  /** The place to continue from: after the last event, or further if the following events have expired. */
  readonly place: Place;
  /** Whether there was no event after it at the time of the read. */
  readonly isEnd: boolean;
}

/**
 * Keeps events in shards: events with the same `ordererOf` are in one shard, in order. Events that name a
 * location are also kept in sequences of that location, for its readers. Every method may throw `unavailable`.
 */
export interface EventLog {
  /**
   * Adds events in the given order; an event that is given again is not added again. The audit trail keeps them
   * for `auditDays`.
   */
  append(events: readonly Entering[], auditDays: number): Promise<void>;
  /** The place after the last event so far, of those that name the location, or of all. */
  end(location: string | undefined): Promise<Place>;
  /** Whether it is a place in this log. */
  has(place: Place): Promise<boolean>;
  /**
   * The events after a place, beginning with the next one that is still kept. A place from before there were
   * shards continues in the shards of the location, or of all events; before that, it lists all events, and the
   * reader has to filter them.
   */
  after(place: Place, limit: number, location: string | undefined): Promise<LogPage>;
  /** A page of the events of one record, the earliest first; `after` is the place after which it begins. */
  of(id: string, limit: number, after?: string): Promise<Page<TaskportEvent>>;
}
