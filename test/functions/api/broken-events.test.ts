/** The stream of events of a server whose log cannot be read. */
import { afterAll, afterEach, beforeAll, expect, inject, it } from 'vitest';
import { createApp } from '../../../functions/api/app.ts';
import { LocalChangeCount } from '../../../infra/local/change-count.ts';
import { type FaultProxy, startFaultProxy } from '../../faults/proxy.ts';
import { startTaskport, type Taskport } from '../../taskport.ts';
import { makeLocations } from './support.ts';

let proxy: FaultProxy;
let taskport: Taskport;
beforeAll(async () => {
  proxy = await startFaultProxy(inject('dynamodbUrl'));
  taskport = await startTaskport(proxy.url);
  await makeLocations(taskport, 'log');
});
afterEach(() => proxy.clear());
afterAll(async () => {
  await taskport.stop();
  await proxy.stop();
});

/** From now on the table refuses every request, for a reason that no retry changes. */
const refuseAll = () => proxy.answer(() => true, { code: 'ValidationException' }, { times: 1_000 });

const lines: string[] = [];
const follow = async (changes = new LocalChangeCount()) => {
  const log = (line: string) => void lines.push(line);
  const app = createApp(taskport.dependencies, { localPrincipal: 'local', log });
  const headers = { accept: 'text/event-stream' };
  return app.request('/v1/events', { headers }, { stopping: new AbortController().signal, changes });
};

it('is a problem if it fails before its first event', async () => {
  refuseAll();
  expect((await follow()).status).toBe(500);
});

it('tells the operator, and not the client, what broke it later', async () => {
  const changes = new LocalChangeCount();
  const answer = await follow(changes);
  expect(answer.status).toBe(200);
  lines.length = 0;
  refuseAll();
  changes.ring();
  expect(await answer.text()).toBe('');
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({
      level: 'ERROR',
      message: 'stream',
      principal: 'local',
      error: expect.stringContaining('ValidationException'),
    }),
  ]);
});
