/** A runner's requests to the event log, and its reactions; the tasks run elsewhere. */
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { runExecutors } from '../../cli/runner/run-executors.ts';
import { Taskport } from '../../client/taskport.ts';
import type { Host } from '../../infra/local/host.ts';
import type { Agent } from '../../lib/execution/agent.ts';
import { startAnswering } from '../answering.ts';
import { startHost } from '../host-bundle.ts';
import { PATIENCE } from '../patience.ts';

let host: Host;
let taskport: Taskport;
const image = 'image://images/root';
beforeAll(async () => {
  host = await startHost({ port: 0, onEvent: () => {} });
  taskport = new Taskport({ url: host.url });
  for (const kind of ['executor', 'image', 'task'] as const) {
    await taskport.locations.create({ name: `${kind}s`, kind });
  }
  await taskport.locations.create({ name: 'others', kind: 'executor' });
  await taskport.elements.create({ id: image });
});
afterAll(() => host.stop());

/** A proxy before a service that records queries; an earlier version knows no `location` of events. */
const watched = async (isOfBefore: boolean) => {
  const asked: URLSearchParams[] = [];
  const { url, stop } = await startAnswering(async (request, response) => {
    const path = new URL(request.url ?? '', host.url);
    const isOfEvents = path.pathname === '/v1/events';
    if (isOfEvents) asked.push(path.searchParams);
    const problem = { type: 'about:blank', title: 'wrong', status: 400, code: 'invalid-request', errors: [] };
    const isRefused = isOfEvents && isOfBefore && path.searchParams.has('location');
    const answer = isRefused
      ? new Response(JSON.stringify(problem), {
          status: 400,
          headers: { 'content-type': 'application/problem+json' },
        })
      : await fetch(path);
    const type = answer.headers.get('content-type') ?? '';
    response.writeHead(answer.status, { 'content-type': type }).end(await answer.text());
  });
  onTestFinished(stop);
  return { asked, url };
};

it.each([
  ['follows its location, looks often where tasks are bound, and tidies now and then', false],
  ['follows everything where the service cannot be asked for a location', true],
])('%s', async (_, isOfBefore) => {
  const { asked, url } = await watched(isOfBefore);
  const looked: string[] = [];
  let tidied = 0;
  const stopping = new AbortController();
  onTestFinished(() => stopping.abort());
  const agent = {
    look: async (id: string) => void looked.push(id),
    lookSoon: async (id: string) => void looked.push(id),
    adopt: async () => {},
    executors: async () => [],
    stop: async () => {},
  } as unknown as Agent;
  let isReady = false;
  const notes: string[] = [];
  const running = runExecutors({
    onSession: () => {},
    onNote: (note) => void notes.push(note),
    taskport: new Taskport({ url }),
    agent,
    tidy: async () => {
      tidied += 1;
      if (tidied === 1) throw new Error('not now');
      await new Promise(() => {});
    },
    location: 'executors',
    onReady: () => (isReady = true),
    lookMs: 20,
    signal: stopping.signal,
  }).catch(() => {});
  await vi.waitUntil(() => isReady, PATIENCE);
  const mark = isOfBefore ? 'before' : 'now';
  for (const location of ['others', 'executors']) {
    const executorId = `executor://${location}/${mark}`;
    const id = `task://tasks/${mark}-${location}`;
    await taskport.elements.create({ id: executorId });
    await taskport.elements.create({ id });
    const { handle } = await taskport.compositions.open(executorId);
    const joined = await taskport.compositions.join(handle, { id: image, mount: { path: '/' } });
    const { handle: last } = await taskport.compositions.join(joined.handle, { id });
    await taskport.compositions.bind(last);
  }
  await vi.waitFor(() => expect(looked).toContain(`executor://executors/${mark}`), PATIENCE);
  await vi.waitUntil(() => tidied > 1, PATIENCE);
  expect(notes).toEqual([expect.stringContaining('not now')]);
  const idle = `executor://executors/idle-${mark}`;
  await taskport.elements.create({ id: idle });
  // Events cause fewer looks.
  const before = looked.length;
  await vi.waitUntil(() => looked.length > before + 10, PATIENCE);
  expect(10 * looked.filter((id) => id === idle).length).toBeLessThan(looked.length);
  expect(looked).not.toContain(`executor://others/${mark}`);
  stopping.abort();
  await running;
  const following = asked.filter((query) => !query.has('kind')).slice(1);
  expect(following.length).toBeGreaterThan(0);
  expect(new Set(following.map((query) => query.get('location')))).toEqual(
    new Set([isOfBefore ? null : 'executors']),
  );
});
