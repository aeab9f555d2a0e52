import { expect, it } from 'vitest';
import { supervisedBy } from '../../../lib/event/supervision-due.ts';

const supervised = { executorId: 'executor://workers/one', taskId: 'task://jobs/build' };
const { executorId, taskId: id } = supervised;

it.each([
  ['what says that it is due', supervised],
  ['an event of a task in a composition', { id, composition: { executorId, revision: 2 }, attempt: 1 }],
])('%s names the task and its executor', (_, detail) => {
  expect(supervisedBy(detail)).toEqual(supervised);
});

it.each([
  ['nothing', undefined],
  ['null', null],
  ['text', 'task://jobs/build'],
  ['an executor alone', { executorId }],
  ['a task in no composition', { id }],
  ['a composition without an executor', { id, composition: { revision: 2 } }],
  ['a task that is no text', { executorId, taskId: 7 }],
])('%s is refused', (_, detail) => {
  expect(() => supervisedBy(detail)).toThrow(expect.objectContaining({ code: 'invalid-request' }));
});
