import './composition.ts';
import { attachmentClaim, saveCompletion, saveRequest } from '../../../lib/composition/save-request.ts';
import { saveProblem, saving, settled, shownAttachment } from '../../../lib/element/attachment-schema.ts';
import { uploadQuery } from '../routes/element-data.ts';
import { noQuery } from '../routes/element-tasks.ts';
import { answered, asked } from './component.ts';
import { defineOperations } from './operation.ts';

answered('SaveProblem', 'The reason why the writes could not be saved yet.', saveProblem);
answered('Saving', 'A volume whose writes are not saved yet.', saving);
const ended = answered('Settled', 'The end of an attachment, and what became of the writes.', settled);
const attachment = answered(
  'Attachment',
  'The executor to which a volume is attached for writing, and the progress of the save.',
  shownAttachment,
);
const claim = asked(
  'AttachmentClaim',
  'The claim of an engine that is about to start a task that writes to the volume.',
  attachmentClaim,
);
const save = asked('SaveRequest', 'The report of an engine on the writes to a volume.', saveRequest);
const completion = asked(
  'SaveCompletion',
  'The notice of a runner that it has sent the whole archive.',
  saveCompletion,
);

const REPEATED = 'A repeated call has no further effect, and answers the present state.';

export const attachmentOperations = defineOperations('volumes', {
  readAttachment: {
    call: 'GET /v1/elements/{kind}/{location}/{name}/attachment',
    summary: 'Read which executor has attached a volume for writing',
    description:
      'The answer includes the progress of the save. It is `not-found` if no executor has attached the volume for writing.',
    query: noQuery,
    answers: { 200: ['The attachment of the volume.', attachment] },
  },
  releaseVolume: {
    call: 'DELETE /v1/elements/{kind}/{location}/{name}/attachment',
    summary: 'Release a volume, and discard writes that are not saved yet',
    description:
      'For administrators of the volume’s location, if the machine that has the writes is lost. The volume keeps its present data. If the machine comes back, its runner keeps the discarded copy aside.',
    answers: { 204: ['The volume is released. Another executor may attach it.'] },
    problems: ['in-use'],
  },
  readWrittenVolume: {
    call: 'GET /v1/elements/{kind}/{location}/{name}/volumes/{volumeLocation}/{volumeName}/attachment',
    summary: 'Read the attachment of a volume to an executor',
    description:
      'For runners. The call needs the permission to `execute`. While the service waits for the archive, the answer includes a page of signed requests.',
    query: uploadQuery,
    answers: { 200: ['The attachment.', attachment] },
    problems: ['not-attached'],
  },
  claimVolume: {
    call: 'POST /v1/elements/{kind}/{location}/{name}/volumes/{volumeLocation}/{volumeName}/attachment',
    summary: 'Claim a volume for the engine that starts tasks with it',
    description: `For runners. The call needs the permission to \`execute\`. The first engine that claims the volume keeps it until all writes are saved, since no other engine has these writes. ${REPEATED}`,
    body: claim,
    answers: { 200: ['The attachment.', attachment] },
    problems: ['not-attached', 'volume-elsewhere', 'stale-runner', 'invalid-state'],
  },
  saveVolume: {
    call: 'POST /v1/elements/{kind}/{location}/{name}/volumes/{volumeLocation}/{volumeName}/saves',
    summary: 'Report the writes to a volume',
    description: `For runners, after the volume is unbound and its last container is removed. The call needs the permission to \`execute\`. ${REPEATED}`,
    body: save,
    answers: {
      200: ['The tasks wrote nothing. The volume is free.', ended],
      201: [
        'The service waits for the archive. The answer has the signed requests that send it.',
        attachment,
      ],
      202: [
        'The service recorded the reason why the engine cannot save the volume now, or it reads the sent archive already.',
        attachment,
      ],
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
    description: `For runners. The call needs the permission to \`execute\`. The service reads the archive first. If the service refuses the archive, it records the reason as the problem of the attachment, and the runner may send the archive again. ${REPEATED}`,
    body: completion,
    answers: {
      200: ['The writes are saved. The volume is free.', ended],
      202: ['The service reads the archive.', attachment],
    },
    problems: ['not-attached', 'invalid-state', 'invalid-location', 'data-error', 'revision-mismatch'],
  },
});
