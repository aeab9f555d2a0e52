import * as z from 'zod/mini';
import { composition } from '../../../lib/composition/shown-composition.ts';
import { elementRequest } from '../../../lib/element/element-request.ts';
import { dataProblem } from '../../../lib/element/element-schema.ts';
import { replacementRequest } from '../../../lib/element/replace-data.ts';
import * as shown from '../../../lib/element/shown-element.ts';
import { elementPatch } from '../../../lib/element/update-element.ts';
import { completion } from '../../../lib/element/upload/complete-upload.ts';
import { upload } from '../../../lib/element/upload/upload-schema.ts';
import { optional } from '../../../lib/facts.ts';
import { type KindThat, kindsThat, specNameOf } from '../../../lib/kind/index.ts';
import { answered, asked, pageOf } from './component.ts';

/** The meanings of specifications. */
const meanings = {
  task: 'The specification of a task. Defaults are not stored; they apply to fields that are not set.',
  image: 'How an image says that it runs, in the words of the tasks that run on it.',
  executor: 'The settings of an executor, which apply to all of its tasks.',
  log: 'Where the lines of a log go.',
} satisfies Record<KindThat<{ hasSpec: true }>, string>;
for (const kind of kindsThat('hasSpec', true)) {
  asked(specNameOf(kind), meanings[kind], shown.specifications[kind]);
}

answered(
  'FormerLogSpec',
  'A log of before, at a path of the machine: it is read and deleted, and does not join any more.',
  shown.formerLogSpec,
);

answered('MetadataValue', 'Text, or bytes that are none; up to 64 KiB.', shown.metadataValue);
answered(
  'Metadata',
  'User metadata: up to 50 keys in one call, each of up to 128 letters, digits and inner `._/-`.',
  shown.metadata,
);
asked('MetadataPatch', 'A merge patch of user metadata: `null` deletes a key.', shown.metadataPatch);

asked('ElementRequest', 'A new element.', elementRequest);
asked('ElementPatch', 'Changes to an element: a merge patch (RFC 7396).', elementPatch);
asked('ReplacementRequest', 'The data that is to come.', replacementRequest);
asked('Completion', 'That an upload is complete.', completion);

answered(
  'DataProblem',
  'Why data was refused: a problem, told later than the call that it belongs to.',
  dataProblem,
);
answered('Upload', 'How data is uploaded: requests that are signed already.', upload);
answered('AssociatedTask', 'A task that is associated with storage.', shown.associatedTask);

answered(
  'Element',
  'An element. To who changes it and may not read it: that it is there, its state and its revision.',
  shown.element,
);

/** An element in the answer of a call after which its data is awaited. */
export const awaitedElement = answered(
  'AwaitedElement',
  'An element, and how its data is uploaded.',
  z.extend(shown.element, { upload: optional(upload, 'The upload of its data, if it awaits one.') }),
);

/** An element in the answer of a read. */
export const readElement = answered(
  'ReadElement',
  'An element, or the parts of it that were asked for; its `id` always.',
  z.object({
    ...z.partial(shown.element).shape,
    id: shown.element.shape.id,
    composition: optional(composition, 'The composition of an executor.'),
  }),
);

export const elementPage = pageOf(
  'ElementPage',
  'elements',
  answered(
    'ElementItem',
    'An element in a list: its attributes, and its metadata as far as the location indexes it; what is not indexed is not shown.',
    shown.elementItem,
  ),
);

export const associatedTasks = pageOf('TaskPage', 'tasks', shown.associatedTask);

export const referencePage = pageOf(
  'ReferencePage',
  'references',
  answered('Reference', 'What keeps an element from being deleted.', shown.reference),
);
