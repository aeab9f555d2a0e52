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
  task: 'The specification of a task. The service does not store defaults. They apply to fields that are not set.',
  image: 'The specification of an image: the values of task fields that its author set.',
  executor: 'The settings of an executor, which apply to all of its tasks.',
  log: 'The specification of a log: the destination of its lines.',
} satisfies Record<KindThat<{ hasSpec: true }>, string>;
for (const kind of kindsThat('hasSpec', true)) {
  asked(specNameOf(kind), meanings[kind], shown.specifications[kind]);
}

answered(
  'FormerLogSpec',
  'A log in the form of earlier versions, with a path on the machine. Callers can read and delete it. It cannot join an executor.',
  shown.formerLogSpec,
);

answered(
  'MetadataValue',
  'Text, or bytes that are not UTF-8 text. The maximum is 64 KiB.',
  shown.metadataValue,
);
answered(
  'Metadata',
  'User metadata. One call sets at most 50 keys. A key has at most 128 letters, digits and inner `._/-`.',
  shown.metadata,
);
asked(
  'MetadataPatch',
  'A merge patch of user metadata (RFC 7396). `null` deletes a key.',
  shown.metadataPatch,
);

asked('ElementRequest', 'A request to create an element.', elementRequest);
asked('ElementPatch', 'Changes to an element: a merge patch (RFC 7396).', elementPatch);
asked(
  'ReplacementRequest',
  'The size and the checksum of the data that the caller will upload.',
  replacementRequest,
);
asked('Completion', 'The notice of a caller that an upload is complete.', completion);

answered(
  'DataProblem',
  'The reason why the service refused data. The service finds it after the call that sent the data.',
  dataProblem,
);
answered('Upload', 'An upload: signed requests that send the data to the store.', upload);
answered('AssociatedTask', 'A task that is associated with an image or a volume.', shown.associatedTask);

answered(
  'Element',
  'An element. A caller who may change it but not read it gets only its ID, its state and its revision.',
  shown.element,
);

/** An element in the answer of a call after which its data is awaited. */
export const awaitedElement = answered(
  'AwaitedElement',
  'An element, and the upload of its data if it awaits one.',
  z.extend(shown.element, {
    upload: optional(upload, 'The upload of the element’s data. Absent if the element awaits no data.'),
  }),
);

/** An element in the answer of a read. */
export const readElement = answered(
  'ReadElement',
  'An element, or the requested parts of it. The `id` is always present.',
  z.object({
    ...z.partial(shown.element).shape,
    id: shown.element.shape.id,
    composition: optional(composition, 'The composition of an executor. Absent for other kinds.'),
  }),
);

export const elementPage = pageOf(
  'ElementPage',
  'elements',
  answered(
    'ElementItem',
    'An element in a list: its attributes, and the metadata that the location indexes. Other metadata is not shown.',
    shown.elementItem,
  ),
);

export const associatedTasks = pageOf('TaskPage', 'tasks', shown.associatedTask);

export const referencePage = pageOf(
  'ReferencePage',
  'references',
  answered('Reference', 'A reference that prevents the deletion of an element.', shown.reference),
);
