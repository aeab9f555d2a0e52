/** Who may open a session with which task, and the validity of its URL. Nothing runs the tasks here. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { endIn, SUBPROTOCOL } from '../../../lib/composition/session/channels.ts';
import { type Composer, openStage, type Stage } from '../../composing.ts';
import type { Answer } from '../../taskport.ts';
import { bodyOf, caller, expectProblem } from './support.ts';

const RUNNER = '/v1/locations/executor/runner';
const QUOTA = 128;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  await claim(0);
});
afterAll(() => stage.stop());

/** The epoch of the runner's lease. */
let epoch = 0;
const claim = async (read: number): Promise<void> => {
  const claimed = await bodyOf(stage.post(`${RUNNER}/claim`, { engine: 'e', runner: 'r', epoch: read }), 200);
  epoch = claimed.epoch;
};

type Busy = Composer & { readonly taskId: string };
/** A task that should run. */
const running = async (): Promise<Busy> => {
  const composer = await stage.busy();
  await bodyOf(composer.report(composer.taskId, { attempt: 1, state: 'running' }), 201);
  return composer;
};
const asked = ({ handle, taskId }: Busy, more: object = {}) =>
  [`/v1/compositions/${handle}/sessions`, { id: taskId, kind: 'exec', args: ['sh'], ...more }] as const;
const ask = (composer: Busy, more?: object): Promise<Answer> => stage.post(...asked(composer, more));
const opened = (composer: Busy) => bodyOf(ask(composer), 201);

/** Connects, and answers the problem of the refusal. */
const connect = async (
  url: string,
): Promise<{ readonly socket: WebSocket; readonly problem?: { code: string } }> => {
  const socket = new WebSocket(url, SUBPROTOCOL);
  socket.on('error', () => {});
  const refused = once(socket, 'unexpected-response') as Promise<[unknown, IncomingMessage]>;
  const answer = await Promise.race([
    once(socket, 'open').then(() => undefined),
    refused.then(([, told]) => told),
  ]);
  return answer ? { socket, problem: JSON.parse(await text(answer)) } : { socket };
};

describe('a session', () => {
  it('needs a running task and its runner', async () => {
    const composer = await stage.busy();
    expectProblem(await ask(composer), 409, 'invalid-state', { state: 'bound' });
    for (const told of [{ state: 'running' }, { state: 'exited', exitCode: 3 }]) {
      await bodyOf(composer.report(composer.taskId, { attempt: 1, ...told }), 201);
      const answer = await ask(composer);
      if (told.state === 'running') expect(answer).toMatchObject({ status: 201, body: { attempt: 1 } });
      else expectProblem(answer, 409, 'invalid-state', { state: told.state });
    }
    const left = await running();
    const lease = await bodyOf(stage.post(`${RUNNER}/leave`, { epoch, keep: true }), 200);
    expectProblem(await ask(left), 409, 'invalid-state', { state: 'unattended' });
    await claim(lease.epoch);
    await left.unbind(left.taskId);
    expectProblem(await ask(left), 409, 'not-bound');
    await left.leave(left.taskId);
    expectProblem(await ask(left), 409, 'not-joined');
  });

  it('has a URL that works once, as has its runner', async () => {
    const { url, session } = await opened(await running());
    const client = await connect(url);
    expect(client.problem).toBeUndefined();
    expect((await connect(url)).problem).toMatchObject({
      code: 'not-found',
      detail: expect.stringContaining('ask for another session'),
    });
    const served = { session, epoch };
    expectProblem(
      await stage.post(`${RUNNER}/sessions`, { ...served, epoch: epoch - 1 }),
      409,
      'stale-runner',
    );
    const runner = await connect((await bodyOf(stage.post(`${RUNNER}/sessions`, served), 200)).url);
    expect(runner.problem).toBeUndefined();
    expectProblem(await stage.post(`${RUNNER}/sessions`, served), 404, 'not-found');
    const told = once(client.socket, 'message');
    runner.socket.terminate();
    const [end] = (await told) as [Buffer];
    expect(endIn(end.subarray(1))).toEqual({ failed: 'the runner of the task is gone' });
  });

  it('is refused on a deployment, with an alternative', async () => {
    const [path, body] = asked(await running());
    const answer = await caller(stage, 'arn:aws:iam::123456789012:role/any')('POST', path, { body });
    expectProblem(answer, 422, 'unsupported-by-target');
    expect(answer.body.detail).toMatch(/local host \(`npm start`\).*taskport logs --follow/);
  });

  it('is limited for each caller, and refused as too many beyond that', async () => {
    const composer = await running();
    const answers = await Promise.all(Array.from({ length: QUOTA + 1 }, () => ask(composer)));
    const refused = answers.find(({ status }) => status !== 201) as Answer;
    expectProblem(refused, 429, 'too-many-requests', { limit: QUOTA });
    expect(refused.body.detail).toMatch(/end some, or wait a minute/);
  });
});
