import { report, reportRequest } from '../../../lib/composition/report-request.ts';
import { element } from '../../../lib/element/shown-element.ts';
import { outputQuery } from '../../../lib/output/output-query.ts';
import { outputEnd as end, outputRequest, outputPage as page } from '../../../lib/output/output-schema.ts';
import { pageQuery } from '../request.ts';
import { noQuery } from '../routes/element-tasks.ts';
import { runsPageQuery } from '../routes/runs.ts';
import { answered, asked } from './component.ts';
import { reportPage, runPage } from './composition.ts';
import { associatedTasks } from './elements.ts';
import { defineOperations, ofLocation } from './operation.ts';

const outputPage = answered('OutputPage', 'A page of the output of an attempt.', page);
const outputEnd = answered('OutputEnd', 'The present end of a stream of an attempt.', end);

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
    description:
      'For runners; takes the permission to `execute`. Handles stay as they are. An inline task is found at the location of its executor.',
    headers: ['Idempotency-Key'],
    body: reportRequest,
    answers: { 201: ['The report as it is kept.', report] },
    problems: ['not-joined', 'not-bound', 'invalid-state', 'stale-runner', 'revision-mismatch'],
  },
  listReports: {
    call: 'GET /v1/elements/{kind}/{location}/{name}/tasks/{taskLocation}/{taskName}/reports',
    summary: 'List the reports on a task of an executor',
    description: 'The earliest first; kept when the task has left.',
    query: pageQuery,
    answers: { 200: ['A page of it.', reportPage] },
  },
  listRuns: {
    call: 'GET /v1/runs',
    summary: 'List the runs in a location of executors',
    description:
      'One of each task that was bound and has not left, the latest bind first. A page may have fewer than `limit`, or none, and go on: it reads `limit` rows, of which few may be in the state.',
    query: runsPageQuery,
    answers: { 200: ['A page of them.', runPage] },
    problems: ofLocation,
  },
  readOutput: {
    call: 'GET /v1/elements/{kind}/{location}/{name}/tasks/{taskLocation}/{taskName}/attempts/{attempt}/output',
    summary: 'Read the output of an attempt',
    description:
      'As far as the service keeps it: its `output` is at `taskport://`. In parts of whole lines; large ones are fetched where their `url` says.',
    query: outputQuery,
    answers: { 200: ['A page of it.', outputPage] },
  },
  appendOutput: {
    call: 'POST /v1/elements/{kind}/{location}/{name}/tasks/{taskLocation}/{taskName}/attempts/{attempt}/output',
    summary: 'Write output of an attempt',
    description:
      'For runners; takes the permission to `execute`. A segment is added where it is what follows, and changes nothing elsewhere: the answer says where the output ends, and by which request the bytes of a large one are to be sent before the next.',
    body: asked('Output', 'A segment of a stream.', outputRequest),
    answers: { 200: ['Where it ends.', outputEnd] },
    problems: ['not-joined', 'not-bound', 'invalid-state'],
  },
});
