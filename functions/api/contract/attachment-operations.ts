import './composition.ts';
import { attachmentClaim, saveCompletion, saveRequest } from '../../../lib/composition/save-request.ts';
import { saveProblem, saving, settled, shownAttachment } from '../../../lib/element/attachment-schema.ts';
import { uploadQuery } from '../routes/element-data.ts';
import { noQuery } from '../routes/element-tasks.ts';
import { answered, asked } from './component.ts';
import { defineOperations } from './operation.ts';

answered('SaveProblem', 'The reason why the writes could not be saved yet.', saveProblem);
answered('Saving', 'A volume whose writes are not saved yet.', saving);
const ended = answered('Settled', 'How an attachment ended.', settled);
const attachment = answered(
  'Attachment',
  'The executor that has a volume for writing, and the progress of its save.',
  shownAttachment,
);
const claim = asked(
  'AttachmentClaim',
  'That an engine is about to start a task that writes.',
  attachmentClaim,
);
const save = asked('SaveRequest', 'The report of an engine on the writes to a volume.', saveRequest);
const completion = asked('SaveCompletion', 'That all of the archive was sent.', saveCompletion);

const REPEATED = 'A repeat answers the present state.';

export const attachmentOperations = defineOperations('volumes', {
  readAttachment: {
    call: 'GET /v1/elements/{kind}/{location}/{name}/attachment',
    summary: 'Read which executor has a volume for writing',
    description: 'The answer includes the progress of the save. `not-found` if no executor has the volume.',
    query: noQuery,
    answers: { 200: ['Who has it.', attachment] },
  },
  releaseVolume: {
    call: 'DELETE /v1/elements/{kind}/{location}/{name}/attachment',
    summary: 'Discard writes to a volume that are not saved yet',
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
    summary: 'Report the writes to a volume',
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
