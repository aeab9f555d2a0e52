import type { Page } from '../element/element-store.ts';
import type { TaskportEvent } from './catalogue.ts';

/** Days for which the log is kept; consumers that were away for longer have the archive. */
export const LOG_DAYS = 30;

/** An event on its way into the log. */
export interface Entering {
  readonly event: TaskportEvent;
  /** Where in the stream its change stands; greater for every later change of the same record. */
  readonly sequence: string;
}

/** An event, and its place in the log: 1, 2, 3 …, in the order in which events were logged. */
export interface Logged {
  readonly position: number;
  readonly event: TaskportEvent;
}

/** Keeps what happened: all of it in one order, and of each element in its own. Every method may throw `unavailable`. */
export interface EventLog {
  /** Adds events, each once however often it is given, in the order given; the audit trail has them for so many days. */
  append(events: readonly Entering[], auditDays: number): Promise<void>;
  /** The position of the last event; 0 where there is none. */
  head(): Promise<number>;
  /** Events after a position, the next of those that are still kept first. */
  after(position: number, limit: number): Promise<readonly Logged[]>;
  /** A page of what happened to one record, the earliest first; `after` is the place after which it begins. */
  of(id: string, limit: number, after?: string): Promise<Page<TaskportEvent>>;
}
