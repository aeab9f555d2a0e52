import type * as z from 'zod/mini';
import { defined } from '../defined.ts';
import type { Kind } from '../kind/index.ts';
import type { Change } from './change.ts';
import type { Details } from './details.ts';

/** The most names of changed keys that an event carries. */
export const MAX_CHANGED = 100;

/** The possible subjects of an event. */
export type Subject = Kind | 'location' | 'runner' | 'session';

/** One event: its subject, its detail, and the changes that it follows from. */
export interface EventEntry<
  D extends keyof Details = keyof Details,
  V extends string = string,
  S extends Subject = Subject,
> {
  /** What happened, in one word. */
  readonly verb: V;
  /** The version of its detail; a change that a consumer could stumble over is another version. */
  readonly version: number;
  readonly subjects: readonly S[];
  /** When the event occurs, for people. */
  readonly meaning: string;
  /** The name of its detail's schema in `details.ts`. */
  readonly detail: D;
  /** Compares the old and the new image, and answers the details of the events. */
  readonly of: (change: Change) => readonly z.infer<Details[D]>[];
}

/** Keeps the types of an entry's schema and of what it tells together. */
export const defineEvent = <D extends keyof Details, V extends string, S extends Subject>(
  entry: EventEntry<D, V, S>,
): EventEntry<D, V, S> => entry;

/** Attributes that every change moves, and that events therefore do not list. */
const ALWAYS = new Set(['revision', 'modifiedAt', 'modifiedBy']);

/** The names of changed keys, as many as an event contains. */
export const changedOf = (names: readonly string[]): { changed: string[]; moreChanged?: number } => {
  const telling = names.filter((name) => !ALWAYS.has(name));
  const changed = telling.slice(0, MAX_CHANGED);
  return defined({
    changed,
    moreChanged: telling.length > changed.length ? telling.length - changed.length : undefined,
  });
};
