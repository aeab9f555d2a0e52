/** A runner with unreliable events: repeated, in any order, late, or lost. */
import { createHash } from 'node:crypto';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { reachEngine } from '../../cli/docker/reach-engine.ts';
import { ApiControlPlane } from '../../cli/runner/api-control-plane.ts';
import { Lease } from '../../cli/runner/lease.ts';
import { openEngine } from '../../cli/runner/open-engine.ts';
import { runExecutors } from '../../cli/runner/run-executors.ts';
import { Agent } from '../../lib/execution/agent.ts';
import { noSecrets } from '../../lib/execution/secret-provider.ts';
import { startAnswering } from '../answering.ts';
import { titled } from '../bundle.ts';
import { withoutDocker } from '../docker/dockerd.ts';
import { PATIENCE } from '../patience.ts';
import { runsWhatIsBound, spawnRunner } from '../runner-process.ts';
import { Stage, sh } from './runner.ts';

const without = withoutDocker();

/** A queue by the protocol of SQS. A message stays until it is deleted. */
const startQueue = async () => {
  const messages: string[] = [];
  const { url, stop } = await startAnswering(async (request, response) => {
    const { ReceiptHandle } = (await json(request)) as { readonly ReceiptHandle?: string };
    if (ReceiptHandle !== undefined) messages.splice(messages.indexOf(ReceiptHandle), 1);
    else await sleep(20);
    const Messages = messages.slice(0, 10).map((Body) => ({
      ...{ MessageId: '1', ReceiptHandle: Body, Body },
      MD5OfBody: createHash('md5').update(Body).digest('hex'),
    }));
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    response.end(JSON.stringify(ReceiptHandle === undefined ? { Messages } : {}));
  });
  return { url, stop, put: (body: string) => messages.push(body), left: () => messages };
};

describe.skipIf(without)(titled('a runner', without), () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open();
  });
  afterAll(() => stage?.close());

  /** Runs a location in this process on the given events; settles after its stop. */
  const runOn = async (location: string, events: AsyncIterable<unknown>) => {
    const directory = await stage.place(location);
    const stopping = new AbortController();
    const { signal } = stopping;
    const { engine, tidy } = openEngine({
      reached: await reachEngine(inject('dockerHost'), {}),
      scope: { service: new URL(stage.url), location },
      taskport: stage.taskport,
      state: directory,
      logs: `${directory}/logs`,
      secretOf: noSecrets,
      allow: undefined,
      keep: 0,
      onNote: () => {},
      signal,
    });
    const lease = new Lease({
      ...{ taskport: stage.taskport, location, engine: 'one', runner: 'one', onNote: () => {}, signal },
      clock: () => performance.now(),
    });
    await lease.claim(async () => {});
    lease.open(false);
    const agent = new Agent({
      control: new ApiControlPlane(stage.taskport, lease, 'one', `${directory}/sending`, signal),
      engine,
      wait: (milliseconds, until) => sleep(milliseconds, undefined, { signal: until }).catch(() => {}),
      now: Date.now,
    });
    let isReady = false;
    const options = { taskport: stage.taskport, agent, tidy, location, events, onNote: () => {}, signal };
    const running = runExecutors({ ...options, onSession: () => {}, onReady: () => (isReady = true) }).catch(
      () => {},
    );
    await vi.waitUntil(() => isReady, PATIENCE);
    return async () => {
      stopping.abort();
      await running;
      await engine.close();
    };
  };

  it('reaches the requested state, for any order and number of events', async () => {
    const feed = new TransformStream<unknown, unknown>();
    const writer = feed.writable.getWriter();
    const stop = await runOn('shuffled', feed.readable as unknown as AsyncIterable<unknown>);
    const bound = 'executor://shuffled/bound';
    const unbound = 'executor://shuffled/unbound';
    const again = 'executor://shuffled/again';
    const tasks = new Map<string, string>();
    for (const executorId of [bound, unbound, again]) {
      const [taskId = ''] = await stage.furnish(executorId, sh('echo ran'));
      tasks.set(executorId, taskId);
      await stage.bind(executorId);
    }
    await stage.unbind(unbound);
    await stage.unbind(again);
    await stage.bind(again);
    // All changes are made by now, without any events.
    const events: unknown[] = [];
    for await (const event of stage.taskport.events.list({ kind: 'task' })) events.push(event);
    for (const event of [...events.toReversed(), ...events, ...events.toReversed()])
      await writer.write(event);
    for (const executorId of [bound, again]) {
      const taskId = tasks.get(executorId) as string;
      await vi.waitFor(
        async () =>
          expect(await stage.task(executorId, taskId)).toMatchObject({ state: 'exited', exitCode: 0 }),
        PATIENCE,
      );
      expect(await stage.lines(executorId, taskId)).toEqual(['ran']);
    }
    expect((await stage.task(again, tasks.get(again) as string))?.attempt).toBe(2);
    // Again, after the end.
    for (const event of events) await writer.write(event);
    await writer.close();
    await stop();
    for (const [executorId, taskId] of tasks) {
      const states = (await stage.reports(executorId, taskId)).map(({ state }) => state);
      expect(states).toEqual(executorId === unbound ? [] : ['running', 'exited']);
    }
  });

  it('skips a message that is no event, and runs on', async () => {
    const executorId = 'executor://queued/named';
    const state = await stage.place('queued');
    const [taskId = ''] = await stage.furnish(executorId, sh('echo ran'));
    const bodies = ['no JSON', '', 'null', '{"detail":{"composition":{"executorId":"one"}}}', '{"detail":7}'];
    const queue = await startQueue();
    const [key, secret] = ['AWS_ACCESS_KEY_ID=key', 'AWS_SECRET_ACCESS_KEY=secret'];
    const within = ['env', key, secret, 'AWS_REGION=eu-central-1', `AWS_ENDPOINT_URL_SQS=${queue.url}`];
    const options = ['--state', state, '--queue', `${queue.url}/0/events`];
    const runner = spawnRunner(within, stage.url, inject('dockerHost'), 'queued', ...options);
    try {
      await runsWhatIsBound(runner);
      for (const body of bodies) queue.put(body);
      await stage.bind(executorId);
      queue.put(JSON.stringify({ detail: { composition: { executorId } } }));
      await vi.waitFor(
        async () =>
          expect(await stage.task(executorId, taskId)).toMatchObject({ state: 'exited', exitCode: 0 }),
        PATIENCE,
      );
      await vi.waitFor(() => expect(queue.left()).toEqual([]), PATIENCE);
      expect(runner.hasEnded()).toBe(false);
      expect(runner.said()).toContain('skips a message that is no event: "no JSON"');
    } finally {
      await runner.stop();
      queue.stop();
    }
  });

  it('starts tasks that were bound before it, without events', async () => {
    await stage.taskport.locations.create({ name: 'silent', kind: 'executor' });
    const executorId = 'executor://silent/one';
    const [taskId = ''] = await stage.furnish(executorId, sh('echo ran'));
    await stage.bind(executorId);
    const feed = new TransformStream<unknown, unknown>();
    const stop = await runOn('silent', feed.readable as unknown as AsyncIterable<unknown>);
    await vi.waitFor(
      async () =>
        expect(await stage.task(executorId, taskId)).toMatchObject({ state: 'exited', exitCode: 0 }),
      PATIENCE,
    );
    await feed.writable.close();
    await stop();
  });
});
