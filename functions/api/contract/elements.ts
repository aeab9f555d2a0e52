import * as z from 'zod/mini';
import { states } from '../../../lib/element/element.ts';
import { elementRequest } from '../../../lib/element/element-request.ts';
import { executorSpec } from '../../../lib/element/executor-spec.ts';
import { logSpec } from '../../../lib/element/log-spec.ts';
import { replacementRequest } from '../../../lib/element/replace-data.ts';
import { taskSpec } from '../../../lib/element/task-spec.ts';
import { elementPatch } from '../../../lib/element/update-element.ts';
import { completion } from '../../../lib/element/upload/complete-upload.ts';
import { problemCodes } from '../../../lib/errors.ts';
import { type KindThat, kinds } from '../../../lib/kind/index.ts';
import { METADATA_KEY } from '../../../lib/location/location.ts';
import { answered, asked, pageOf, revision, time } from './component.ts';
import { composition } from './composition.ts';

/** Each under the name of its kind (`specNameOf`). */
const specs = {
  task: asked(
    'TaskSpec',
    'What a task says of itself. Defaults are not stored: they hold where it says nothing.',
    taskSpec,
  ),
  executor: asked('ExecutorSpec', 'What holds for all that an executor runs.', executorSpec),
  log: asked('LogSpec', 'Where the lines of a log go.', logSpec),
} satisfies Record<KindThat<{ hasSpec: true }>, z.ZodMiniType>;

const formerLogSpec = answered(
  'FormerLogSpec',
  'A log of before, at a path of the machine: it is read and deleted, and does not join any more.',
  z.object({ file: z.looseObject({ path: z.string() }) }),
  { file: 'Files that its lines went to.', 'file.path': 'Their path.' },
);

const metadataValue = answered(
  'MetadataValue',
  'Text, or bytes that are none; up to 64 KiB.',
  z.union([z.string(), z.object({ base64: z.string() })]),
  { base64: 'The bytes (RFC 4648, section 4).' },
);

const metadataKey = z.string().check(z.regex(METADATA_KEY));

const metadata = answered(
  'Metadata',
  'User metadata: up to 50 keys in one call, each of up to 128 letters, digits and inner `._/-`.',
  z.record(metadataKey, metadataValue),
);

asked(
  'MetadataPatch',
  'A merge patch of user metadata: `null` deletes a key.',
  z.record(metadataKey, z.nullable(metadataValue)),
);

asked('ElementRequest', 'A new element.', elementRequest, {
  id: '`<kind>://<location>/<name>`.',
  parentId:
    'What it builds on: an image on an image, a volume on a volume or an image, a task on a task, an executor on an executor. `scratch:` is the empty root, which an image has that names none.',
  checksum:
    '`sha256:` or `sha512:` and hexadecimal digits, of the data; computed where it is absent. Required for an upload.',
  size: 'Bytes of the data. Required for an upload.',
  freeSpace: 'KiB that are to be free above what it and its ancestors use; of images and volumes.',
  metadata: 'User metadata.',
  'metadata.ro': 'What never changes.',
  'metadata.rw': 'What may be changed later. No key is in both.',
  spec: 'What it says of itself, merged over what it inherits of its parent.',
  data: 'Its data, in one piece of up to 4 MiB, or on its way; absent for an element of metadata alone.',
  'data.base64': 'The bytes (RFC 4648, section 4).',
  'data.upload': 'That it will be uploaded: the answer says how, and the element is `pending` until then.',
});

asked('ElementPatch', 'What of an element is to change: a merge patch (RFC 7396).', elementPatch, {
  metadata: 'User metadata.',
  'metadata.ro': 'Never changes: naming a key here is `read-only-key`.',
  'metadata.rw': 'Keys that are set, or deleted by `null`.',
  freeSpace: 'KiB that are to be free; `null` for no requirement.',
  spec: 'Fields that the kind lets change: `annotations` of a task, `resources` of an executor.',
});

asked('ReplacementRequest', 'The data that is to come.', replacementRequest, {
  size: 'Bytes.',
  checksum: '`sha256:` or `sha512:` and hexadecimal digits.',
});

asked('Completion', 'That an upload is complete.', completion, {
  parts: 'What the store answered to each part; it need not be said where the store remembers.',
  'parts[].number': '1, 2, 3 …',
  'parts[].etag': 'The `ETag` of the answer to the part.',
});

const dataProblem = answered(
  'DataProblem',
  'Why data was refused: a problem, told later than the call that it belongs to.',
  z.looseObject({ code: z.enum(problemCodes), detail: z.string() }),
  { code: 'Which problem it is; its members stand beside it.', detail: 'What happened, for people.' },
);

export const upload = answered(
  'Upload',
  'How data is uploaded: requests that are signed already.',
  z.object({
    expiresAt: time(),
    requests: z.array(
      z.object({
        method: z.literal('PUT'),
        url: z.string(),
        headers: z.record(z.string(), z.string()),
        from: z.int(),
        to: z.int(),
      }),
    ),
    cursor: z.optional(z.string()),
  }),
  {
    expiresAt: 'When the requests are no good any more; others can be had until then and after.',
    requests: 'To be sent as they are, in any order, each with its part of the data.',
    'requests[].method': 'The method of the request.',
    'requests[].url': 'Where it is sent.',
    'requests[].headers': 'Part of the signature: all of them must be sent as they are.',
    'requests[].from': 'The first byte of the data that it carries.',
    'requests[].to': 'The byte after the last.',
    cursor: 'Where the next page of requests begins; absent on the last.',
  },
);

const attributes = {
  kind: z.enum(kinds),
  location: z.string(),
  name: z.string(),
  parentId: z.optional(z.string()),
  state: z.enum(states),
  revision: revision(),
  checksum: z.optional(z.string()),
  size: z.optional(z.int()),
  unpackedSize: z.optional(z.int()),
  freeSpace: z.optional(z.int()),
  capacity: z.optional(z.int()),
  resizedFrom: z.optional(z.int()),
  problem: z.optional(dataProblem),
  createdAt: time(),
  createdBy: z.string(),
  modifiedAt: time(),
  modifiedBy: z.string(),
};

const attributeFields = {
  id: '`<kind>://<location>/<name>`.',
  kind: 'What it is.',
  location: 'Where it is kept.',
  name: 'Its name there.',
  parentId: 'What it builds on.',
  state:
    '`pending`: the name is reserved, data is awaited. `verifying`: it is being read. `ready`. `failed`: its data was refused, and `problem` says why.',
  revision: '1, 2, 3 …; every accepted change moves it by one.',
  checksum: 'Of its data: algorithm, `:` and hexadecimal digits.',
  size: 'Bytes of its data.',
  unpackedSize:
    'Bytes that its archive unpacks to: those of the files, with their holes, and 4 KiB for each path after the first thousand.',
  freeSpace: 'KiB that are to be free in it.',
  capacity:
    'KiB that it has: what it and its ancestors use, with the free space, and no less than its parent.',
  resizedFrom: 'KiB that its parent has, where it has more.',
  problem: 'Why its data was refused.',
  createdAt: 'When it was created; RFC 3339, UTC.',
  createdBy: 'The principal who created it.',
  modifiedAt: 'When it was last changed.',
  modifiedBy: 'The principal who last changed it.',
  metadata: 'User metadata.',
  'metadata.ro': 'What never changes.',
  'metadata.rw': 'What may be changed.',
};

const associated = answered(
  'AssociatedTask',
  'A task that is associated with storage.',
  z.object({ id: z.string() }),
  {
    id: 'The ID of the task.',
  },
);

const shown = {
  metadata: z.optional(z.object({ ro: z.optional(metadata), rw: z.optional(metadata) })),
  spec: z.optional(z.union([...Object.values(specs), formerLogSpec])),
  tasks: z.optional(z.array(associated)),
};

const shownFields = {
  spec: 'What it says of itself, with what it inherits.',
  tasks: 'Tasks that are associated with it.',
};

/** As changes answer it. */
export const element = answered(
  'Element',
  'An element. To who changes it and may not read it: that it is there, its state and its revision.',
  z.object({ id: z.string(), ...attributes, ...shown }),
  {
    ...attributeFields,
    ...shownFields,
  },
);

/** As it is answered where its data is awaited. */
export const awaitedElement = answered(
  'AwaitedElement',
  'An element, and how its data is uploaded.',
  z.object({ id: z.string(), ...attributes, ...shown, upload: z.optional(upload) }),
  { ...attributeFields, ...shownFields, upload: 'How its data is uploaded, where it is to be.' },
);

/** As a read answers it. */
export const readElement = answered(
  'ReadElement',
  'An element, or the parts of it that were asked for; its `id` always.',
  z.object({
    id: z.string(),
    ...z.partial(z.object(attributes)).shape,
    ...shown,
    composition: z.optional(composition),
  }),
  { ...attributeFields, ...shownFields, composition: 'What it is composed of; of an executor.' },
);

const item = answered(
  'ElementItem',
  'An element in a list: its attributes, and its metadata as far as the location indexes it; what is not indexed is not shown.',
  z.object({
    id: z.string(),
    ...attributes,
    metadata: z.optional(
      z.object({
        ro: z.optional(z.record(metadataKey, z.string())),
        rw: z.optional(z.record(metadataKey, z.string())),
      }),
    ),
  }),
  attributeFields,
);

export const elementPage = pageOf('ElementPage', 'elements', item);

export const associatedTasks = pageOf('TaskPage', 'tasks', associated);

const reference = answered(
  'Reference',
  'What keeps an element from being deleted.',
  z.object({ id: z.string(), kind: z.enum(['child', 'composition', 'association', 'member']) }),
  {
    id: 'Who refers to it.',
    kind: 'How: as its child, as the executor that it is joined to, as the storage that a task is associated with, or as a member of the executor.',
  },
);

export const referencePage = pageOf('ReferencePage', 'references', reference);
