import type * as z from 'zod/mini';
import { selection } from '../../../lib/composition/bind.ts';
import { interruptRequest } from '../../../lib/composition/interrupt.ts';
import { joinRequest } from '../../../lib/composition/join.ts';
import { leaveRequest } from '../../../lib/composition/leave.ts';
import { openRequest } from '../../../lib/composition/open-composition.ts';
import { handled } from '../../../lib/composition/shown-composition.ts';
import { defined } from '../../../lib/defined.ts';
import type { ProblemCode } from '../../../lib/errors.ts';
import { planQuery } from '../routes/compositions.ts';
import './composition.ts';
import { defineOperation, type Operation, ofLocation } from './operation.ts';
import { plan } from './plan.ts';

const HANDLE = '/v1/compositions/{handle}';
const tag = 'compositions';

const ofHandle = ['invalid-handle', ...ofLocation, 'not-found'] as const;

interface Step {
  readonly name: string;
  readonly summary: string;
  readonly description?: string;
  readonly schema: z.ZodMiniType;
  readonly optional?: true;
  readonly problems: readonly ProblemCode[];
}

const step = ({ name, schema, optional, problems, ...told }: Step): Operation =>
  defineOperation({
    ...told,
    id: `${name}${name === 'interrupt' ? 'Task' : 'Element'}${optional ? 's' : ''}`,
    method: 'post',
    path: `${HANDLE}/${name}`,
    tag,
    headers: ['Idempotency-Key'],
    body: defined({ schema, type: 'application/json', optional }),
    answers: {
      200: {
        description: 'The composition, and the next handle.',
        schema: handled,
        headers: ['Idempotency-Replayed'],
      },
    },
    problems: [...ofHandle, 'stale-handle', ...problems],
  });

export const compositionOperations = [
  defineOperation({
    id: 'openComposition',
    method: 'post',
    path: '/v1/compositions',
    tag,
    summary: 'Get a handle on the composition of an executor',
    description: 'An empty one is made where there is none yet.',
    headers: ['Idempotency-Key'],
    body: { schema: openRequest, type: 'application/json' },
    answers: {
      201: {
        description: 'The composition, and its handle.',
        schema: handled,
        headers: ['Location', 'Idempotency-Replayed'],
      },
    },
    problems: [...ofLocation, 'not-found'],
  }),
  defineOperation({
    id: 'readComposition',
    method: 'get',
    path: HANDLE,
    tag,
    summary: 'Read a composition',
    answers: { 200: { description: 'The composition, and its handle.', schema: handled } },
    problems: [...ofHandle, 'stale-handle'],
  }),
  step({
    name: 'join',
    summary: 'Join an element',
    description: 'Tasks that are associated with storage come along.',
    schema: joinRequest,
    problems: [
      'invalid-location',
      'invalid-state',
      'already-joined',
      'mount-conflict',
      'in-use',
      'volume-attached',
    ],
  }),
  step({
    name: 'bind',
    summary: 'Bind an element, or everything that is joined',
    description: 'Storage is attached, tasks are asked to run: in one step.',
    schema: selection,
    optional: true,
    problems: [
      'not-joined',
      'already-bound',
      'not-bound',
      'no-root-filesystem',
      'volume-attached',
      'invalid-state',
    ],
  }),
  step({
    name: 'unbind',
    summary: 'Unbind an element, or everything that is bound',
    schema: selection,
    optional: true,
    problems: ['not-joined', 'not-bound', 'in-use'],
  }),
  step({
    name: 'leave',
    summary: 'Take an element out of the composition',
    description: 'With the tasks that came along. A volume that does not persist is deleted.',
    schema: leaveRequest,
    problems: ['not-joined', 'already-bound', 'invalid-state', 'in-use'],
  }),
  step({
    name: 'interrupt',
    summary: 'Ask for a signal to be sent to a bound task',
    schema: interruptRequest,
    problems: ['not-joined', 'not-bound', 'invalid-state'],
  }),
  defineOperation({
    id: 'planComposition',
    method: 'get',
    path: `${HANDLE}/plan`,
    tag,
    summary: 'Render a composition for a target',
    description:
      'The document that makes the target run it, or every reason why there is none. It is for who may `execute` on the executor, and for readers of it who may read all that it shows: tasks, logs, storage and its ancestors.',
    query: planQuery,
    answers: { 200: { description: 'The plan.', schema: plan } },
    problems: [...ofHandle, 'stale-handle', 'unsupported-by-target'],
  }),
];
