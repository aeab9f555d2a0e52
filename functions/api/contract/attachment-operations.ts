import './composition.ts';
import { attachmentClaim, saveCompletion, saveRequest } from '../../../lib/composition/save-request.ts';
import { saveProblem, saving, settled, shownAttachment } from '../../../lib/element/attachment-schema.ts';
import { uploadQuery } from '../routes/element-data.ts';
import { noQuery } from '../routes/element-tasks.ts';
import { answered, asked } from './component.ts';
import { defineOperations } from './operation.ts';

answered('SaveProblem', 'Why what was written could not be saved yet.', saveProblem);
answered('Saving', 'That what was written is not saved yet.', saving);
const ended = answered('Settled', 'How an attachment ended.', settled);
const attachment = answered(
  'Attachment',
  'Who has a volume for writing, and how far it is saved.',
  shownAttachment,
);
const claim = asked(
  'AttachmentClaim',
  'That an engine is about to start a task that writes.',
  attachmentClaim,
);
const save = asked('SaveRequest', 'What an engine says of what was written.', saveRequest);
const completion = asked('SaveCompletion', 'That all of the archive was sent.', saveCompletion);

const REPEATED = 'Repeated, it answers what has become of it.';

export const attachmentOperations = defineOperations('volumes', {
  readAttachment: {
    call: 'GET /v1/elements/{kind}/{location}/{name}/attachment',
    summary: 'Read who has a volume for writing',
    description: 'And how far what was written is saved. `not-found` where nobody has it.',
    query: noQuery,
    answers: { 200: ['Who has it.', attachment] },
  },
  releaseVolume: {
    call: 'DELETE /v1/elements/{kind}/{location}/{name}/attachment',
    summary: 'Give up what was written to a volume and is not saved yet',
    description:
      'For who holds `admin` in the location of the volume, where the machine that has the writes is lost. The volume keeps the data that it has; a machine that comes back keeps its copy aside.',
    answers: { 204: ['Nobody has it any more.'] },
    problems: ['in-use'],
  },
  readWrittenVolume: {
    call: 'GET /v1/elements/{kind}/{location}/{name}/volumes/{volumeLocation}/{volumeName}/attachment',
    summary: 'Read the attachment of a volume to an executor',
    description:
      'For runners; takes the permission to `execute`. With a page of the signed requests, while bytes are awaited.',
    query: uploadQuery,
    answers: { 200: ['The attachment.', attachment] },
    problems: ['not-attached'],
  },
  claimVolume: {
    call: 'POST /v1/elements/{kind}/{location}/{name}/volumes/{volumeLocation}/{volumeName}/attachment',
    summary: 'Say which engine starts tasks that write to a volume',
    description: `For runners; takes the permission to \`execute\`. The first engine has the volume until all is saved: what it wrote is on no other. ${REPEATED}`,
    body: claim,
    answers: { 200: ['The attachment.', attachment] },
    problems: ['not-attached', 'volume-elsewhere', 'stale-runner', 'invalid-state'],
  },
  saveVolume: {
    call: 'POST /v1/elements/{kind}/{location}/{name}/volumes/{volumeLocation}/{volumeName}/saves',
    summary: 'Say what was written to a volume',
    description: `For runners, once the volume is unbound and no container has it any more; takes the permission to \`execute\`. ${REPEATED}`,
    body: save,
    answers: {
      200: ['Nothing was: the volume is free.', ended],
      201: ['The archive is awaited: how it is sent.', attachment],
      202: ['Why it cannot be saved now is kept; or what was sent is being read already.', attachment],
    },
    problems: [
      'not-attached',
      'volume-elsewhere',
      'invalid-state',
      'invalid-location',
      'unsupported-checksum-algorithm',
      'revision-mismatch',
    ],
  },
  completeSave: {
    call: 'POST /v1/elements/{kind}/{location}/{name}/volumes/{volumeLocation}/{volumeName}/saves/complete',
    summary: 'Complete a save: make the sent writes the data of the volume',
    description: `For runners; takes the permission to \`execute\`. It is read first: what is refused then is kept as the problem of the attachment, and may be sent again. ${REPEATED}`,
    body: completion,
    answers: {
      200: ['It is saved: the volume is free.', ended],
      202: ['It is being read.', attachment],
    },
    problems: ['not-attached', 'invalid-state', 'invalid-location', 'data-error', 'revision-mismatch'],
  },
});
