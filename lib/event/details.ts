import * as z from 'zod/mini';
import { kinds } from '../kind/index.ts';
import { MAX_CHANGED } from './entry.ts';

/** What every detail has. */
const subject = {
  /** Unique to the event; a repeated delivery carries the same. */
  eventId: z.string(),
  schemaVersion: z.literal(1),
  id: z.string(),
  /** When it happened; RFC 3339, UTC. */
  at: z.string(),
  actor: z.string(),
};

const revision = z.int().check(z.minimum(1));

/** When the record was created: one created anew begins at revision 1 again, and at a later time. */
const createdAt = z.string();

/** What tells one revision of a record from every other. */
const version = { createdAt, revision };

/** What the detail of every event of an element has. */
const element = { ...subject, kind: z.enum(kinds), location: z.string() };

/** Names, never values: `rw.colour`, `spec.annotations`, `freeSpace`; and how many more there are. */
const changes = {
  changed: z.array(z.string()).check(z.maxLength(MAX_CHANGED)),
  moreChanged: z.optional(z.int()),
};

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
/** Which attempt to run a task it is. */
const attempt = z.optional(z.int().check(z.minimum(0)));

/**
 * The schema of each event's detail, by what its entry calls it. On its own, since what tells of events needs none: their types
 * hold it to these.
 */
export const details = {
  created: z.strictObject({ ...element, ...version, parentId: z.optional(z.string()) }),
  modified: z.strictObject({ ...element, ...version, ...changes }),
  deleted: z.strictObject({ ...element, ...version }),
  inherited: z.strictObject({ ...element, child: z.strictObject({ id: z.string(), createdAt, revision }) }),
  joined: z.strictObject({ ...member, mount, ephemeral: z.optional(z.boolean()) }),
  bound: z.strictObject({ ...member, mount, attempt }),
  halted: z.strictObject({ ...member, attempt, reason: z.enum(['run-deadline', 'not-after']) }),
  interrupted: z.strictObject({
    ...member,
    attempt,
    signal: z.string(),
    count: z.int().check(z.minimum(1)),
  }),
  started: z.strictObject({ ...member, attempt }),
  exited: z.strictObject({
    ...member,
    attempt,
    state: z.enum(['exited', 'failed']),
    exitCode: z.optional(z.int()),
    exitSignal: z.optional(z.string()),
    launchError: z.optional(z.string()),
    unhealthy: z.optional(z.literal(true)),
  }),
  unbound: z.strictObject({ ...member, attempt }),
  left: z.strictObject(member),
  locationCreated: z.strictObject({ ...subject, ...version }),
  locationModified: z.strictObject({ ...subject, ...version, ...changes }),
  locationDeleted: z.strictObject({ ...subject, ...version }),
};

export type Details = typeof details;
