import './composition.ts';
import { selection } from '../../../lib/composition/bind.ts';
import { closeQuery } from '../../../lib/composition/close-composition.ts';
import { composeRequest } from '../../../lib/composition/compose.ts';
import { interruptRequest } from '../../../lib/composition/interrupt.ts';
import { joinRequest } from '../../../lib/composition/join-request.ts';
import { leaveRequest } from '../../../lib/composition/leave.ts';
import { openedSession, sessionRequest } from '../../../lib/composition/session/session-schema.ts';
import { handled } from '../../../lib/composition/shown-composition.ts';
import { unbinding } from '../../../lib/composition/unbind.ts';
import { planQuery } from '../routes/compositions.ts';
import { defineOperations, ofLocation } from './operation.ts';
import { plan } from './plan.ts';

/** The problems of a join. */
const ofJoin = ['invalid-state', 'already-joined', 'mount-conflict', 'in-use', 'volume-attached'] as const;

/** The requests and answers that all steps share. */
const step = {
  headers: ['Idempotency-Key'],
  answers: { 200: ['The composition and its next handle.', handled] },
} as const;

export const compositionOperations = defineOperations('compositions', {
  openComposition: {
    call: 'POST /v1/compositions',
    summary: 'Get a handle on the composition of an executor, or compose it in one step',
    description:
      'If the request has only `executorId`, the service creates an empty composition unless the executor has one already. With other fields the service creates the executor if it does not exist, joins the members and binds them. It makes all of these changes in one revision, or none.',
    headers: ['Idempotency-Key'],
    body: composeRequest,
    answers: { 201: ['The composition and its handle.', handled, 'Location'] },
    problems: [
      ...ofLocation,
      'not-found',
      'invalid-location',
      'invalid-handle',
      'stale-handle',
      'name-collision',
      'read-only-key',
      'invalid-entry',
      ...ofJoin,
      'not-joined',
      'not-bound',
      'no-root-filesystem',
    ],
  },
  readComposition: {
    call: 'GET /v1/compositions/{handle}',
    summary: 'Read a composition',
    answers: { 200: ['The composition and its handle.', handled] },
  },
  closeComposition: {
    call: 'DELETE /v1/compositions/{handle}',
    summary: 'Close a composition: remove all members, and optionally delete the executor',
    description:
      'The runner stops the tasks, and saves or discards writes to volumes. Then all members leave, and the service deletes volumes that do not persist. If the request says so, the service then deletes the executor. The close continues by itself after each end of a task and each save. The handle stays valid until the close is complete, so the caller may repeat the call.',
    query: closeQuery,
    answers: {
      202: [
        'The close waits for the members in `closing.waitsFor`. Read the composition again until the handle is stale.',
        handled,
      ],
      204: ['All members have left. The close is complete.'],
    },
    problems: ['invalid-location', 'in-use'],
  },
  joinElement: {
    ...step,
    call: 'POST /v1/compositions/{handle}/join',
    summary: 'Join an element or an inline task to the executor',
    description: 'If the element is storage, its associated tasks join too.',
    body: joinRequest,
    problems: ['invalid-location', ...ofJoin, 'not-joined'],
  },
  bindElements: {
    ...step,
    call: 'POST /v1/compositions/{handle}/bind',
    summary: 'Bind one member, or all members',
    description: 'One step attaches storage and asks the runner to run the tasks.',
    body: selection,
    isBodyOptional: true,
    problems: [
      'not-joined',
      'already-bound',
      'not-bound',
      'no-root-filesystem',
      'volume-attached',
      'in-use',
      'invalid-state',
    ],
  },
  unbindElements: {
    ...step,
    call: 'POST /v1/compositions/{handle}/unbind',
    summary: 'Unbind one member, or all members that are bound',
    description:
      'A volume that an engine wrote to becomes `saving`. It stays a member, and no other executor can attach it, until the writes are saved as its data.',
    body: unbinding,
    isBodyOptional: true,
    problems: ['not-joined', 'not-bound', 'in-use'],
  },
  leaveElement: {
    ...step,
    call: 'POST /v1/compositions/{handle}/leave',
    summary: 'Remove a member from the composition',
    description:
      'Tasks that joined with a storage element leave with it. The service deletes a volume that does not persist.',
    body: leaveRequest,
    problems: ['not-joined', 'already-bound', 'volume-attached', 'invalid-state', 'in-use'],
  },
  interruptTask: {
    ...step,
    call: 'POST /v1/compositions/{handle}/interrupt',
    summary: 'Send a signal to a bound task',
    body: interruptRequest,
    problems: ['not-joined', 'not-bound', 'invalid-state', 'unsupported-by-target'],
  },
  openSession: {
    call: 'POST /v1/compositions/{handle}/sessions',
    summary: 'Open a session with a running task',
    description:
      'The call needs the permission to `interact`. The answer has the URL of the session. Each call opens another session. A deployment on AWS has no sessions yet. For a task on Fargate, the refusal has the command that opens an ECS Exec session, and `ecs` has the parts of this command.',
    body: sessionRequest,
    answers: { 201: ['The session may begin.', openedSession] },
    problems: ['not-joined', 'not-bound', 'invalid-state', 'unsupported-by-target'],
  },
  planComposition: {
    call: 'GET /v1/compositions/{handle}/plan',
    summary: 'Render a composition for a target',
    description:
      'The answer is the document with which the target runs the composition. If the target cannot run it, the refusal names every reason. The caller must have the permission to `execute` on the executor, or be a reader of the executor who may also read everything in the plan: tasks, logs, storage and the ancestors of storage.',
    query: planQuery,
    answers: { 200: ['The plan.', plan] },
    problems: ['unsupported-by-target'],
  },
});
