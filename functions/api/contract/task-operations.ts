import { report, reportRequest } from '../../../lib/composition/report-request.ts';
import { noQuery, reportsQuery } from '../routes/element-tasks.ts';
import { reportPage } from './composition.ts';
import { ELEMENT } from './element-operations.ts';
import { associatedTasks, element } from './elements.ts';
import { defineOperation, ofLocation } from './operation.ts';

const TASK = `${ELEMENT}/tasks/{taskLocation}/{taskName}`;
const tag = 'tasks';

export const taskOperations = [
  defineOperation({
    id: 'listTasks',
    method: 'get',
    path: `${ELEMENT}/tasks`,
    tag,
    summary: 'List the tasks that are associated with storage',
    query: noQuery,
    answers: { 200: { description: 'All of them.', schema: associatedTasks } },
    problems: [...ofLocation, 'not-found'],
  }),
  defineOperation({
    id: 'associateTask',
    method: 'put',
    path: TASK,
    tag,
    summary: 'Associate a task with an image or a volume',
    description: 'It comes along when the storage is joined, with its paths below the mount.',
    answers: { 200: { description: 'The storage.', schema: element, headers: ['ETag'] } },
    problems: [...ofLocation, 'invalid-location', 'not-found', 'invalid-state', 'revision-mismatch'],
  }),
  defineOperation({
    id: 'dissociateTask',
    method: 'delete',
    path: TASK,
    tag,
    summary: 'End the association of a task with storage',
    answers: { 204: { description: 'They are associated no more.' } },
    problems: [...ofLocation, 'invalid-location', 'not-found', 'revision-mismatch'],
  }),
  defineOperation({
    id: 'reportTask',
    method: 'post',
    path: `${TASK}/reports`,
    tag,
    summary: 'Report on a task of an executor',
    description: 'For whoever runs it; takes the permission to `execute`. Handles stay as they are.',
    headers: ['Idempotency-Key'],
    body: { schema: reportRequest, type: 'application/json' },
    answers: {
      201: { description: 'The report as it is kept.', schema: report, headers: ['Idempotency-Replayed'] },
    },
    problems: [...ofLocation, 'not-found', 'not-joined', 'not-bound', 'invalid-state', 'revision-mismatch'],
  }),
  defineOperation({
    id: 'listReports',
    method: 'get',
    path: `${TASK}/reports`,
    tag,
    summary: 'List what was reported on a task of an executor',
    description: 'The earliest first; kept when the task has left.',
    query: reportsQuery,
    answers: { 200: { description: 'A page of it.', schema: reportPage } },
    problems: [...ofLocation, 'not-found'],
  }),
];
