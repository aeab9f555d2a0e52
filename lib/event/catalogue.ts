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

/** Every event there is: its verb, and the schema of its detail. */
export const catalogue = {
  Created: z.strictObject({ ...element, createdAt, revision, parentId: z.optional(z.string()) }),
  Modified: z.strictObject({ ...element, createdAt, revision, changed, moreChanged: changedElsewhere }),
  Deleted: z.strictObject({ ...element, createdAt, revision }),
  /** The element became the parent of another, which its own revision does not show. */
  Inherited: z.strictObject({ ...element, child: z.strictObject({ id: z.string(), revision }) }),
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
