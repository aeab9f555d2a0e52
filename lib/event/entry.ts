import type * as z from 'zod/mini';
import { defined } from '../defined.ts';
import type { Kind } from '../kind/index.ts';
import type { Change } from './change.ts';
import type { Details } from './details.ts';

/** The most names of changed keys that an event carries. */
export const MAX_CHANGED = 100;

/** What an event may be of. */
export type Subject = Kind | 'location' | 'runner' | 'session';

/** One event: what it says, of what, and of which changes it is told. */
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
  /** When it is told, for people. */
  readonly meaning: string;
  /** The schema of what it says, by its name in `details.ts`. */
  readonly detail: D;
  /** The condition on the old and the new image, and what is told where it holds. */
  readonly of: (change: Change) => readonly z.infer<Details[D]>[];
}

/** Keeps the types of an entry's schema and of what it tells together. */
export const defineEvent = <D extends keyof Details, V extends string, S extends Subject>(
  entry: EventEntry<D, V, S>,
): EventEntry<D, V, S> => entry;

/** What every change moves, and so tells nothing. */
const ALWAYS = new Set(['revision', 'modifiedAt', 'modifiedBy']);

/** The names of what changed, as far as an event carries them. */
export const changedOf = (names: readonly string[]): { changed: string[]; moreChanged?: number } => {
  const telling = names.filter((name) => !ALWAYS.has(name));
  const changed = telling.slice(0, MAX_CHANGED);
  return defined({
    changed,
    moreChanged: telling.length > changed.length ? telling.length - changed.length : undefined,
  });
};
