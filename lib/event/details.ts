import * as z from 'zod/mini';
import { exitCode, following, joinedTask, mount, outcome, run } from '../composition/run-schema.ts';
import { saving, settled } from '../element/attachment-schema.ts';
import { attributes } from '../element/element-schema.ts';
import { elementId, executorId, imageId, memberId } from '../element/id-schema.ts';
import { described, optional } from '../facts.ts';
import { time } from '../formats.ts';
import { revision as anyRevision, history } from '../history.ts';
import { MAX_CHANGED } from './entry.ts';

const { output: _, ...ended } = outcome;
/** The fields of an event about the end of a task. */
export const end = { ...ended, ...following };

/** The fields of every detail. */
export const subject = {
  eventId: described(z.string(), 'The ID of the event. Repeated deliveries of the event have the same ID.'),
  schemaVersion: described(z.literal(1), 'The version of the detail’s schema.'),
  id: described(z.string(), 'The name of the location.'),
  at: described(time, 'The time of the event; RFC 3339, UTC.'),
  actor: described(z.string(), 'The principal who caused the event.'),
};

const revision = anyRevision.check(z.minimum(1));

/** The version of a record. A record that is created again begins at revision 1 again, with a later time. */
export const version = {
  createdAt: history.createdAt,
  revision: described(revision, 'The revision of the record after the change.'),
};

/** The fields of every event of an element. */
const { kind, location } = attributes.shape;
const element = { ...subject, id: described(elementId, 'The ID of the element.'), kind, location };

/** Names, never values: `rw.colour`, `spec.annotations`, `freeSpace`; and the number of further names. */
export const changes = {
  changed: described(
    z.array(z.string()).check(z.maxLength(MAX_CHANGED)),
    'The names of the changed fields, never their values.',
  ),
  moreChanged: optional(
    z.int(),
    'The number of further changed fields. Absent if `changed` names all of them.',
  ),
};

/** The child of which it became the parent. */
export const child = described(
  z.strictObject({
    id: described(elementId, 'The ID of the child.'),
    createdAt: described(time, 'The time at which the child was created.'),
    revision: described(revision, 'The revision of the child.'),
  }),
  'The element that was created as a child of this one.',
);

/**
 * The composition of which an element is a member. The element's own revision does not change with it. The
 * composition's does, by one with every change, and one change may have several events.
 */
export const composition = described(
  z.strictObject({
    executorId: described(executorId, 'The ID of the executor.'),
    createdAt: described(time, 'The time at which the composition was created.'),
    revision: described(revision, 'The revision of the composition.'),
  }),
  'The composition of which the element is a member.',
);

/** The tag that names an image. The image's own revision does not change with it; the tag's does. */
export const tag = described(
  z.strictObject({
    id: described(imageId, 'The ID of the tag.'),
    createdAt: described(time, 'The time at which the tag was created.'),
    revision: described(revision, 'The revision of the tag.'),
  }),
  'The tag that names the image now, or named it before.',
);
const member = {
  ...element,
  id: described(memberId, 'The ID of the element, or of the inline task.'),
  composition,
};
const mounted = optional(mount, 'The mount of storage.');
const attempt = optional(
  run.shape.attempt.check(z.minimum(0)),
  'The number of the attempt to run the task. Absent if the member is no task.',
);

/** The fields of every event of a runner. */
const ofRunner = {
  ...subject,
  createdAt: described(time, 'The time at which the location was created.'),
  epoch: described(revision, 'The epoch of the lease after the change.'),
};
const hadBefore = described(z.string(), 'The engine that had the tasks before.');

/** The fields of every event of a session; its subject is the task of the session. */
const { kind: __, ...ofSession } = { ...member, id: described(memberId, 'The ID of the task.') };
const sessionId = described(z.string(), 'The ID of the session.');
const sessionKind = described(z.enum(['attach', 'exec']), 'The kind of the session: `attach` or `exec`.');

/**
 * The schema of each event's detail, by the name in its entry. They are apart from the entries, which need no
 * schemas at run time; types keep both together.
 */
export const details = {
  created: z.strictObject({ ...element, ...version, parentId: attributes.shape.parentId }),
  modified: z.strictObject({ ...element, ...version, ...changes }),
  deleted: z.strictObject({ ...element, ...version }),
  inherited: z.strictObject({ ...element, child }),
  joined: z.strictObject({ ...member, mount: mounted, ephemeral: z.optional(joinedTask.shape.ephemeral) }),
  bound: z.strictObject({ ...member, mount: mounted, attempt }),
  halted: z.strictObject({
    ...member,
    attempt,
    reason: described(z.enum(['run-deadline', 'not-after']), 'The deadline that passed.'),
  }),
  interrupted: z.strictObject({
    ...member,
    attempt,
    signal: described(z.string(), 'The name of the signal, without `SIG`.'),
    count: described(z.int().check(z.minimum(1)), 'The number of signals so far.'),
  }),
  sessionBegan: z.strictObject({
    ...ofSession,
    attempt,
    session: described(
      z.strictObject({
        id: sessionId,
        kind: sessionKind,
        args: optional(z.array(z.string()), 'The command and its arguments. Absent for `attach`.'),
        terminal: described(z.boolean(), 'Whether the session has a terminal.'),
      }),
      'The session.',
    ),
  }),
  sessionEnded: z.strictObject({
    ...ofSession,
    attempt,
    session: described(z.strictObject({ id: sessionId, kind: sessionKind }), 'The session.'),
    how: described(
      z.enum(['completed', 'detached', 'client-gone', 'runner-gone', 'failed']),
      'The reason why the session ended. `completed`: the command or the task ended. `detached`: the client left, and the command or the task keeps running. `client-gone`, `runner-gone`: that side is gone. `failed`: the session could not begin or continue.',
    ),
    seconds: described(z.int().check(z.minimum(0)), 'The duration of the session in seconds.'),
    exitCode: z.optional(exitCode),
  }),
  started: z.strictObject({ ...member, attempt }),
  exited: z.strictObject({
    ...member,
    attempt,
    state: described(
      z.enum(['exited', 'failed']),
      'The state of the attempt. `exited`: it ended. `failed`: it could not start, or its end is unknown.',
    ),
    ...end,
  }),
  unbound: z.strictObject({ ...member, attempt }),
  saving: z.strictObject({
    ...member,
    attachment: saving.shape.attachment,
    round: saving.shape.round,
    engine: saving.shape.engine,
  }),
  settled: z.strictObject({
    ...member,
    attachment: settled.shape.attachment,
    outcome: settled.shape.outcome,
    checksum: settled.shape.checksum,
  }),
  left: z.strictObject(member),
  untagged: z.strictObject({
    ...element,
    tag,
    movedTo: optional(imageId, 'The image that the tag names now. Absent if the tag was removed.'),
  }),
  tagged: z.strictObject({
    ...element,
    tag,
    previous: optional(imageId, 'The image that the tag named before. Absent if the tag is new.'),
  }),
  locationCreated: z.strictObject({ ...subject, ...version }),
  locationModified: z.strictObject({ ...subject, ...version, ...changes }),
  locationDeleted: z.strictObject({ ...subject, ...version }),
  runnerClaimed: z.strictObject({
    ...ofRunner,
    engine: described(z.string(), 'The engine that has the tasks now.'),
    runner: described(z.string(), 'The runner of the engine.'),
    tookOverFrom: optional(
      z.string(),
      'The engine that had the tasks before and may not have ended them. Absent if there is none.',
    ),
  }),
  runnerLeft: z.strictObject({ ...ofRunner, engine: hadBefore }),
  runnerFenced: z.strictObject({ ...ofRunner, engine: hadBefore }),
};

export type Details = typeof details;
