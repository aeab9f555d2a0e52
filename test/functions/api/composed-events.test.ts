import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type LoggedTaskport, startLogged } from './event-stream.ts';
import { bodyOf, caller, makeLocations, pathOf, readPages } from './support.ts';

const stranger = 'arn:aws:iam::123456789012:role/stranger';
// The longest names, since cursors of the trail contain them.
const executorId = `executor://executor/${'e'.repeat(255)}`;
const image = 'image://image/root';
const hello = 'h'.repeat(255);
const task = `${executorId}/tasks/${hello}`;

let taskport: LoggedTaskport;
beforeAll(async () => {
  taskport = await startLogged(inject('dynamodbUrl'));
  const grants = [
    { principal: 'local', actions: ['create', 'read', 'compose', 'execute', 'admin'] },
    { principal: stranger, actions: ['compose'] },
  ];
  await makeLocations(taskport, 'image', { name: 'executor', kind: 'executor', grants });
  const post = (path: string, body: object) => bodyOf(taskport.call('POST', path, { body }), 201);
  await post('/v1/elements', { id: image });
  const members = [
    { id: image, mount: { path: '/' } },
    { task: { name: hello, spec: { process: { args: ['true'] } } } },
  ];
  await post('/v1/compositions', { executorId, executor: {}, members, bind: true });
  const at = '2026-01-01T00:00:00Z';
  await post(`${pathOf(executorId)}/tasks/executor/${hello}/reports`, { attempt: 1, state: 'running', at });
  await post(`${pathOf(executorId)}/tasks/executor/${hello}/reports`, {
    attempt: 1,
    state: 'exited',
    exitCode: 0,
    at,
  });
  await taskport.logged();
});
afterAll(() => taskport.stop());

describe('events of a composition in one call', () => {
  it('are those of a create, joins and binds, with one revision and the IDs of inline tasks', async () => {
    const items = (await readPages(taskport.call, `${pathOf(executorId)}/audit`, 1)).flat();
    // biome-ignore lint/suspicious/noExplicitAny: tests read any member of an answer.
    const told = items.map(({ action, composition, id }: any) => [action, composition?.revision, id]);
    expect(told.sort()).toEqual(
      [
        ['Created', undefined, undefined],
        ['Joined', 1, image],
        ['Bound', 1, image],
        ['Joined', 1, task],
        ['Bound', 1, task],
        ['Started', 2, task],
        ['Exited', 3, task],
      ].sort(),
    );
  });

  it('are shown to callers who may read the location, and only counted for others', async () => {
    const path = '/v1/events?limit=100';
    expect(JSON.stringify(await bodyOf(taskport.call('GET', path), 200))).toContain(task);
    const others = await bodyOf(caller(taskport, stranger)('GET', path), 200);
    expect(JSON.stringify(others)).not.toContain(task);
  });
});
