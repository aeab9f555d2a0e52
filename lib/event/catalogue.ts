import * as z from 'zod/mini';
import { kinds } from '../location/location.ts';

/** Source of every event, and the version of their details. */
export const EVENT_SOURCE = 'taskport';
export const SCHEMA_VERSION = 1;
/** The most names of changed keys that an event carries. */
export const MAX_CHANGED = 100;

const subject = {
  /** Unique to the event; a repeated delivery carries the same. */
  eventId: z.string(),
  schemaVersion: z.literal(SCHEMA_VERSION),
  id: z.string(),
  at: z.string(),
  actor: z.string(),
};
const element = { ...subject, kind: z.enum(kinds), location: z.string() };
const revision = z.int().check(z.minimum(1));
/** When it was created: an element created anew begins at revision 1 again, and at a later time. */
const createdAt = z.string();
/** Names, never values: `rw.colour`, `spec.annotations`, `freeSpace`. */
const changed = z.array(z.string()).check(z.maxLength(MAX_CHANGED));
const changedElsewhere = z.optional(z.int());

/**
 * Of an element's part in a composition: its own revision does not show it. The composition's does, which every change of
 * it moves by one; several events may be of one.
 */
const member = {
  ...element,
  composition: z.strictObject({ executorId: z.string(), createdAt, revision }),
};
const mount = z.optional(
  z.strictObject({ path: z.string(), readOnly: z.boolean(), persistent: z.boolean() }),
);
/** Of tasks: which attempt to run it is. */
const attempt = z.optional(z.int().check(z.minimum(0)));

/** Every event there is: its verb, and the schema of its detail. */
export const catalogue = {
  Created: z.strictObject({ ...element, createdAt, revision, parentId: z.optional(z.string()) }),
  Modified: z.strictObject({ ...element, createdAt, revision, changed, moreChanged: changedElsewhere }),
  Deleted: z.strictObject({ ...element, createdAt, revision }),
  /** The element became the parent of another, which its own revision does not show. */
  Inherited: z.strictObject({ ...element, child: z.strictObject({ id: z.string(), revision }) }),
  Joined: z.strictObject({ ...member, mount, ephemeral: z.optional(z.boolean()) }),
  /** Storage is attached; a task is asked to run. */
  Bound: z.strictObject({ ...member, mount, attempt }),
  /** Storage is detached; a task is asked to stop. */
  Unbound: z.strictObject({ ...member, attempt }),
  Left: z.strictObject(member),
  /** A task is to be sent a signal. */
  Interrupted: z.strictObject({ ...member, attempt, signal: z.string() }),
  Started: z.strictObject({ ...member, attempt }),
  Exited: z.strictObject({
    ...member,
    attempt,
    state: z.enum(['exited', 'failed']),
    exitCode: z.optional(z.int()),
    exitSignal: z.optional(z.string()),
    launchError: z.optional(z.string()),
  }),
  'Location Created': z.strictObject({ ...subject, createdAt, revision }),
  'Location Modified': z.strictObject({
    ...subject,
    createdAt,
    revision,
    changed,
    moreChanged: changedElsewhere,
  }),
  'Location Deleted': z.strictObject({ ...subject, createdAt, revision }),
} as const;

type Verb = keyof typeof catalogue;

/** An event as it goes onto the bus. */
export type TaskportEvent = {
  [V in Verb]: { readonly detailType: string; readonly detail: Readonly<z.infer<(typeof catalogue)[V]>> };
}[Verb];

/** A kind as event types write it. */
export const titleOf = (kind: string): string => kind.charAt(0).toUpperCase() + kind.slice(1);
