import * as z from 'zod/mini';
import { described, optional } from '../facts.ts';
import { base64 } from '../formats.ts';
import type { KindThat } from '../kind/index.ts';
import { METADATA_KEY } from '../location/location.ts';
import type { Shown } from '../shown.ts';
import { attributes } from './element-schema.ts';
import { executorSpec } from './executor-spec.ts';
import { memberId, taskId } from './id-schema.ts';
import { imageSpec } from './image-spec.ts';
import { logSpec } from './log-spec.ts';
import { taskSpec } from './task-spec.ts';

const metadataKey = z.string().check(z.regex(METADATA_KEY));

/** In JSON: text, or base64 if the bytes are not UTF-8 text. */
export const metadataValue = z.union([
  z.string(),
  z.object({ base64: described(base64, 'The bytes in base64 (RFC 4648, section 4).') }),
]);
export const metadata = z.record(metadataKey, metadataValue);
export type MetadataJson = Shown<typeof metadata>;

/** `parseMetadata` validates patches of metadata. */
export const metadataPatch = z.record(metadataKey, z.nullable(metadataValue));

const maps = <T extends z.ZodMiniType>(map: T) =>
  optional(
    z.object({
      ro: optional(map, 'Keys that never change.'),
      rw: optional(map, 'Keys that a caller may change.'),
    }),
    'The user metadata. Absent if the element has none.',
  );

/** A log in the form of earlier versions. */
export const formerLogSpec = z.object({
  file: described(
    z.looseObject({ path: described(z.string(), 'The path of the files on the machine.') }),
    'The files that got the lines.',
  ),
});

/** The specifications of elements, by kind. */
export const specifications = {
  task: taskSpec,
  image: imageSpec,
  executor: executorSpec,
  log: logSpec,
} satisfies Record<KindThat<{ hasSpec: true }>, z.ZodMiniType>;

export const associatedTask = z.object({ id: described(taskId, 'The ID of the task.') });

/** An element as the API shows it. */
export const element = z.object({
  ...attributes.shape,
  metadata: maps(metadata),
  spec: optional(
    z.union([...Object.values(specifications), formerLogSpec]),
    'The specification, merged with that of its ancestors. Absent if the element has none.',
  ),
  tasks: optional(
    z.array(associatedTask),
    'The tasks that are associated with the element. Absent if there are none.',
  ),
});

/** An element of a list: its attributes, and its indexed metadata. */
export const elementItem = z.object({
  ...attributes.shape,
  metadata: maps(z.record(metadataKey, z.string())),
});

/**
 * A reference that keeps an element from being deleted: its child, the executor that it has joined, or the
 * storage with which a task is associated; for an executor, its members; for a layer, the image; for an image,
 * the index.
 */
export const reference = z.object({
  id: described(memberId, 'The ID of the element or tag that refers to it.'),
  kind: described(
    z.enum(['child', 'composition', 'association', 'member', 'tag', 'image', 'index']),
    'The kind of the reference. `child`: a child of the element. `composition`: the executor that it has joined. `association`: the storage with which the task is associated. `member`: a member of the executor. `tag`: a tag of the image, which is deleted with it. `image`: an image of which it is a layer. `index`: an index that names it.',
  ),
});
export type Reference = Shown<typeof reference>;
