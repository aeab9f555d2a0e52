import { report, reportRequest } from '../../../lib/composition/report-request.ts';
import { element } from '../../../lib/element/shown-element.ts';
import { pageQuery } from '../request.ts';
import { noQuery } from '../routes/element-tasks.ts';
import { reportPage } from './composition.ts';
import { associatedTasks } from './elements.ts';
import { defineOperations } from './operation.ts';

export const taskOperations = defineOperations('tasks', {
  listTasks: {
    call: 'GET /v1/elements/{kind}/{location}/{name}/tasks',
    summary: 'List the tasks that are associated with storage',
    query: noQuery,
    answers: { 200: ['All of them.', associatedTasks] },
  },
  associateTask: {
    call: 'PUT /v1/elements/{kind}/{location}/{name}/tasks/{taskLocation}/{taskName}',
    summary: 'Associate a task with an image or a volume',
    description: 'It comes along when the storage is joined, with its paths below the mount.',
    answers: { 200: ['The storage.', element, 'ETag'] },
    problems: ['invalid-location', 'invalid-state', 'revision-mismatch'],
  },
  dissociateTask: {
    call: 'DELETE /v1/elements/{kind}/{location}/{name}/tasks/{taskLocation}/{taskName}',
    summary: 'End the association of a task with storage',
    answers: { 204: ['They are associated no more.'] },
    problems: ['invalid-location', 'revision-mismatch'],
  },
  reportTask: {
    call: 'POST /v1/elements/{kind}/{location}/{name}/tasks/{taskLocation}/{taskName}/reports',
    summary: 'Report on a task of an executor',
    description: 'For whoever runs it; takes the permission to `execute`. Handles stay as they are.',
    headers: ['Idempotency-Key'],
    body: reportRequest,
    answers: { 201: ['The report as it is kept.', report] },
    problems: ['not-joined', 'not-bound', 'invalid-state', 'revision-mismatch'],
  },
  listReports: {
    call: 'GET /v1/elements/{kind}/{location}/{name}/tasks/{taskLocation}/{taskName}/reports',
    summary: 'List what was reported on a task of an executor',
    description: 'The earliest first; kept when the task has left.',
    query: pageQuery,
    answers: { 200: ['A page of it.', reportPage] },
  },
});
