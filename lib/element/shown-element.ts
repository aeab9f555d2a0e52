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
  z.object({ base64: described(base64, 'The bytes (RFC 4648, section 4).') }),
]);
export const metadata = z.record(metadataKey, metadataValue);
export type MetadataJson = Shown<typeof metadata>;

/** `parseMetadata` validates patches of metadata. */
export const metadataPatch = z.record(metadataKey, z.nullable(metadataValue));

const maps = <T extends z.ZodMiniType>(map: T) =>
  optional(
    z.object({ ro: optional(map, 'What never changes.'), rw: optional(map, 'What may be changed.') }),
    'User metadata.',
  );

/** A log in the form of earlier versions. */
export const formerLogSpec = z.object({
  file: described(
    z.looseObject({ path: described(z.string(), 'Their path.') }),
    'Files that its lines went to.',
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
    'What it says of itself, with what it inherits.',
  ),
  tasks: optional(z.array(associatedTask), 'Tasks that are associated with it.'),
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
    'How: as its child, as the executor that it is joined to, as the storage that a task is associated with, as a member of the executor, as a tag, which goes with it, as an `image` that it is a layer of, or as an `index` that names it.',
  ),
});
export type Reference = Shown<typeof reference>;
