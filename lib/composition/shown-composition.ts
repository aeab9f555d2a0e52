import * as z from 'zod/mini';
import { saving, settled } from '../element/attachment-schema.ts';
import { executorId, imageId, memberId } from '../element/id-schema.ts';
import { imageSpec } from '../element/image-spec.ts';
import { taskSpec } from '../element/task-spec.ts';
import { described, optional } from '../facts.ts';
import { opaque, time } from '../formats.ts';
import { history, revision } from '../history.ts';
import { memberKinds } from '../kind/index.ts';
import type { Shown } from '../shown.ts';
import { shownClosing } from './closing-schema.ts';
import { joinedTask, mount } from './run-schema.ts';

/** A task as it was joined, with its latest run. */
export const shownTask = z.object({
  ...joinedTask.shape,
  spec: optional(
    taskSpec,
    'The specification of the task: its own, merged with those of its parents and with the overrides. Paths are as the container sees them. Shown to callers who may `read` the task, or `execute` on the executor.',
  ),
  specHidden: optional(
    z.literal(true),
    'Whether the specification is hidden, since the caller may neither `read` the task nor `execute` on the executor. Absent if not.',
  ),
});

/** The image whose configuration tasks use on the storage at `/`. */
const rootImage = z.object({
  id: described(imageId, 'The ID of the image: the member itself or one of its ancestors.'),
  spec: optional(
    imageSpec,
    'The specification of the image. If the member is a volume that descends from the image, absent until the volume is bound.',
  ),
});

export const member = z.object({
  id: described(memberId, 'The ID of the element, or of the inline task.'),
  kind: described(z.enum(memberKinds), 'The kind of the member.'),
  bound: described(
    z.boolean(),
    'Whether the member is bound: storage is attached, or a caller asked for the task to run.',
  ),
  mount: optional(mount, 'The mount of the storage. Absent if the member is a log or a task.'),
  image: optional(
    rootImage,
    'The image whose configuration tasks use, if the member is the storage at `/`. Absent if there is no such image. Shown to callers who may `read` the image, or `execute` on the executor.',
  ),
  attachment: optional(
    z.string(),
    'The ID of the attachment of a volume whose writes are saved. Present from the bind until the writes are saved or given up.',
  ),
  saving: optional(
    saving,
    'The pending save of a volume that is unbound but whose writes are not saved yet. Until they are, it stays a member, and no other executor can bind it for writing. Absent if no save is pending.',
  ),
  settled: optional(settled, 'The end of the volume’s last attachment.'),
  task: optional(shownTask, 'The task and its latest attempt. Absent if the member is no task.'),
});

/** A composition as the API shows it. */
export const composition = z.object({
  executorId: described(executorId, 'The ID of the executor.'),
  revision: described(
    revision,
    'The revision of the composition. It starts at 1, and each change adds 1, reports on tasks included.',
  ),
  members: described(z.array(member), 'The members of the composition, up to 30.'),
  closing: optional(
    shownClosing,
    'The closing of the composition, by which all members leave. While it is present, nothing can join or be bound. Absent if nobody closes the composition.',
  ),
  createdAt: described(time, 'The time at which the composition was opened; RFC 3339, UTC.'),
  modifiedAt: history.modifiedAt,
  modifiedBy: history.modifiedBy,
});
export type CompositionJson = Shown<typeof composition>;

/** The answer of every operation: the composition, and the handle for the next call. */
export const handled = z.object({
  handle: described(
    opaque,
    'The handle of this revision of the composition; opaque. Every operation answers the next handle.',
  ),
  composition: described(composition, 'The composition that the handle names.'),
});
export type HandleJson = Shown<typeof handled>;
