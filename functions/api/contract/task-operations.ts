import { report, reportRequest } from '../../../lib/composition/report-request.ts';
import { element } from '../../../lib/element/shown-element.ts';
import { outputQuery } from '../../../lib/output/output-query.ts';
import { outputEnd as end, outputRequest, outputPage as page } from '../../../lib/output/output-schema.ts';
import { pageQuery } from '../query.ts';
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
    answers: { 200: ['All associated tasks.', associatedTasks] },
  },
  associateTask: {
    call: 'PUT /v1/elements/{kind}/{location}/{name}/tasks/{taskLocation}/{taskName}',
    summary: 'Associate a task with an image or a volume',
    description:
      'The task joins an executor whenever the storage does. Its paths are then below the mount path of the storage.',
    answers: { 200: ['The image or volume.', element, 'ETag'] },
    problems: ['invalid-location', 'invalid-state', 'revision-mismatch'],
  },
  dissociateTask: {
    call: 'DELETE /v1/elements/{kind}/{location}/{name}/tasks/{taskLocation}/{taskName}',
    summary: 'End the association of a task with storage',
    answers: { 204: ['The association is deleted.'] },
    problems: ['invalid-location', 'revision-mismatch'],
  },
  reportTask: {
    call: 'POST /v1/elements/{kind}/{location}/{name}/tasks/{taskLocation}/{taskName}/reports',
    summary: 'Report on a task of an executor',
    description:
      'For runners. The call needs the permission to `execute`. It leaves handles valid. For an inline task, the task location is that of its executor.',
    headers: ['Idempotency-Key'],
    body: reportRequest,
    answers: { 201: ['The report in the form in which the service keeps it.', report] },
    problems: ['not-joined', 'not-bound', 'invalid-state', 'stale-runner', 'revision-mismatch'],
  },
  listReports: {
    call: 'GET /v1/elements/{kind}/{location}/{name}/tasks/{taskLocation}/{taskName}/reports',
    summary: 'List the reports on a task of an executor',
    description: 'The earliest report comes first. The service keeps reports after the task has left.',
    query: pageQuery,
    answers: { 200: ['A page of the reports.', reportPage] },
  },
  listRuns: {
    call: 'GET /v1/runs',
    summary: 'List the runs in a location of executors',
    description:
      'The list has one run of each task that was bound and has not left. The latest bind comes first. A page may have fewer runs than `limit`, or none, even if more pages follow: the service reads `limit` rows, of which few may be in the requested state.',
    query: runsPageQuery,
    answers: { 200: ['A page of the list.', runPage] },
    problems: ofLocation,
  },
  readOutput: {
    call: 'GET /v1/elements/{kind}/{location}/{name}/tasks/{taskLocation}/{taskName}/attempts/{attempt}/output',
    summary: 'Read the output of an attempt',
    description:
      'The service has the output of a task only if the task’s `output` begins with `taskport://`. The answer has parts of whole lines. If a part has a `url`, fetch its bytes from there.',
    query: outputQuery,
    answers: { 200: ['A page of the reports.', outputPage] },
  },
  appendOutput: {
    call: 'POST /v1/elements/{kind}/{location}/{name}/tasks/{taskLocation}/{taskName}/attempts/{attempt}/output',
    summary: 'Write output of an attempt',
    description:
      'For runners. The call needs the permission to `execute`. The service appends a segment only if it follows the present end of the output. Otherwise the call changes nothing. The answer has the end of the output. For a large segment it also has the request with which the runner sends the bytes before the next segment.',
    body: asked('Output', 'A segment of a stream of an attempt.', outputRequest),
    answers: { 200: ['The end of the output.', outputEnd] },
    problems: ['not-joined', 'not-bound', 'invalid-state'],
  },
});
