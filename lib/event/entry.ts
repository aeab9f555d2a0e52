import * as z from 'zod/mini';
import { type Kind, kinds } from '../location/location.ts';
import type { Change } from './change.ts';

/** The most names of changed keys that an event carries. */
const MAX_CHANGED = 100;

/** What an event may be of. */
export type Subject = Kind | 'location';

/** One event: what it says, of what, and of which changes it is told. */
export interface EventEntry<S extends z.ZodMiniType = z.ZodMiniType> {
  /** What happened, in one word. */
  readonly verb: string;
  /** The version of its detail; a change that a consumer could stumble over is another version. */
  readonly version: number;
  readonly subjects: readonly Subject[];
  /** When it is told, for people. */
  readonly meaning: string;
  readonly detail: S;
  /** The condition on the old and the new image, and what is told where it holds. */
  readonly of: (change: Change) => readonly z.infer<S>[];
}

/** Keeps the types of an entry's schema and of what it tells together. */
export const defineEvent = <S extends z.ZodMiniType>(entry: EventEntry<S>): EventEntry<S> => entry;

/** What every detail has. */
export const subject = {
  /** Unique to the event; a repeated delivery carries the same. */
  eventId: z.string(),
  schemaVersion: z.literal(1),
  id: z.string(),
  /** When it happened; RFC 3339, UTC. */
  at: z.string(),
  actor: z.string(),
};

export const revision = z.int().check(z.minimum(1));

/** When the record was created: one created anew begins at revision 1 again, and at a later time. */
export const createdAt = z.string();

/** What tells one revision of a record from every other. */
export const version = { createdAt, revision };

/** What the detail of every event of an element has. */
export const element = { ...subject, kind: z.enum(kinds), location: z.string() };

/** Names, never values: `rw.colour`, `spec.annotations`, `freeSpace`; and how many more there are. */
export const changes = {
  changed: z.array(z.string()).check(z.maxLength(MAX_CHANGED)),
  moreChanged: z.optional(z.int()),
};

/** What every change moves, and so tells nothing. */
const ALWAYS = new Set(['revision', 'modifiedAt', 'modifiedBy']);

/** The names of what changed, as far as an event carries them. */
export const changedOf = (names: readonly string[]): { changed: string[]; moreChanged?: number } => {
  const telling = names.filter((name) => !ALWAYS.has(name));
  const changed = telling.slice(0, MAX_CHANGED);
  return {
    changed,
    ...(telling.length > changed.length ? { moreChanged: telling.length - changed.length } : {}),
  };
};
