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
  answers: { 200: ['The composition, and the next handle.', handled] },
} as const;

export const compositionOperations = defineOperations('compositions', {
  openComposition: {
    call: 'POST /v1/compositions',
    summary: 'Get a handle on the composition of an executor, or compose it in one step',
    description:
      'By `executorId` alone, an empty composition is made where there is none yet. By more, the executor is made where it is not there, everything joins, and everything is bound: all of it or nothing, by one revision.',
    headers: ['Idempotency-Key'],
    body: composeRequest,
    answers: { 201: ['The composition, and its handle.', handled, 'Location'] },
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
    answers: { 200: ['The composition, and its handle.', handled] },
  },
  closeComposition: {
    call: 'DELETE /v1/compositions/{handle}',
    summary: 'Have everything leave, and the executor deleted',
    description:
      'Tasks are asked to stop, what was written is saved or given up, and everything leaves; volumes that do not persist are deleted. Then the executor is deleted, where that is asked for. It goes on by itself with each end and each save. Until it is over the handle stays, and may be said again.',
    query: closeQuery,
    answers: {
      202: [
        'It waits for what `closing.waitsFor` says; ask for the composition again until the handle is stale.',
        handled,
      ],
      204: ['Everything has left.'],
    },
    problems: ['invalid-location', 'in-use'],
  },
  joinElement: {
    ...step,
    call: 'POST /v1/compositions/{handle}/join',
    summary: 'Join an element, or an inline task',
    description: 'Tasks that are associated with storage come along.',
    body: joinRequest,
    problems: ['invalid-location', ...ofJoin, 'not-joined'],
  },
  bindElements: {
    ...step,
    call: 'POST /v1/compositions/{handle}/bind',
    summary: 'Bind an element, or everything that is joined',
    description: 'Storage is attached, tasks are asked to run: in one step.',
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
    summary: 'Unbind an element, or everything that is bound',
    description:
      'A volume that an engine wrote to is `saving` then: it stays a member, for this executor alone, until its data is what was written.',
    body: unbinding,
    isBodyOptional: true,
    problems: ['not-joined', 'not-bound', 'in-use'],
  },
  leaveElement: {
    ...step,
    call: 'POST /v1/compositions/{handle}/leave',
    summary: 'Take an element out of the composition',
    description: 'With the tasks that came along. A volume that does not persist is deleted.',
    body: leaveRequest,
    problems: ['not-joined', 'already-bound', 'volume-attached', 'invalid-state', 'in-use'],
  },
  interruptTask: {
    ...step,
    call: 'POST /v1/compositions/{handle}/interrupt',
    summary: 'Ask for a signal to be sent to a bound task',
    body: interruptRequest,
    problems: ['not-joined', 'not-bound', 'invalid-state', 'unsupported-by-target'],
  },
  openSession: {
    call: 'POST /v1/compositions/{handle}/sessions',
    summary: 'Talk to a task that runs',
    description:
      'Takes the permission to `interact`. The answer says where the session is; each call makes another. A deployment on AWS has no sessions yet; of a task on Fargate the refusal has the command that opens one, and `ecs` its parts.',
    body: sessionRequest,
    answers: { 201: ['It may begin.', openedSession] },
    problems: ['not-joined', 'not-bound', 'invalid-state', 'unsupported-by-target'],
  },
  planComposition: {
    call: 'GET /v1/compositions/{handle}/plan',
    summary: 'Render a composition for a target',
    description:
      'The document that makes the target run it, or every reason why there is none. It is for who may `execute` on the executor, and for readers of it who may read all that it shows: tasks, logs, storage and its ancestors.',
    query: planQuery,
    answers: { 200: ['The plan.', plan] },
    problems: ['unsupported-by-target'],
  },
});
