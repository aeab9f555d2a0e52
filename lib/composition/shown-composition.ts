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
    'Merged of the task’s own, its parents’ and the overrides; its paths as the container sees them. Shown to who may `read` the task, or `execute` on the executor.',
  ),
  specHidden: optional(
    z.literal(true),
    'That the specification is not shown, since the caller may do neither.',
  ),
});

/** The image whose configuration tasks use on the storage at `/`. */
const rootImage = z.object({
  id: described(imageId, 'The ID of the image: the member itself, or its ancestor.'),
  spec: optional(imageSpec, 'What it says; of an image that a volume descends from, once that is bound.'),
});

export const member = z.object({
  id: described(memberId, 'The ID of the element, or of the inline task.'),
  kind: described(z.enum(memberKinds), 'What it is.'),
  bound: described(z.boolean(), 'Whether it is bound: storage attached, a task asked to run.'),
  mount: optional(mount, 'Where storage appears.'),
  image: optional(
    rootImage,
    'Of what is at `/`: the image that says how tasks run there, where one does. Shown to who may `read` the image, or `execute` on the executor.',
  ),
  attachment: optional(
    z.string(),
    'The ID of its attachment, of a volume whose writes are saved: from the bind until they are, or were given up.',
  ),
  saving: optional(
    saving,
    'That it was unbound, and what was written is not saved yet: until then it does not leave, and nobody else binds it for writing.',
  ),
  settled: optional(settled, 'How its last attachment ended.'),
  task: optional(shownTask, 'The state of the task, if the member is one.'),
});

/** A composition as the API shows it. */
export const composition = z.object({
  executorId: described(executorId, 'The ID of the executor.'),
  revision: described(revision, '1, 2, 3 …; every change moves it by one, reports on tasks included.'),
  members: described(z.array(member), 'The joined elements; up to 30.'),
  closing: optional(
    shownClosing,
    'That everything is to leave: nothing joins any more, and nothing is bound.',
  ),
  createdAt: described(time, 'When it was opened; RFC 3339, UTC.'),
  modifiedAt: history.modifiedAt,
  modifiedBy: history.modifiedBy,
});
export type CompositionJson = Shown<typeof composition>;

/** The answer of every operation: the composition, and the handle for the next call. */
export const handled = z.object({
  handle: described(
    opaque,
    'Names this revision of the composition; opaque. Every operation answers the next.',
  ),
  composition: described(composition, 'The composition.'),
});
export type HandleJson = Shown<typeof handled>;
