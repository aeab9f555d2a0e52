/** One runner at a time: processes on two engines, one of which is lost, cut off, asked to leave, and returns (ADR 43). */
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { titled } from '../bundle.ts';
import { type Daemon, startDocker, withoutDocker } from '../docker/dockerd.ts';
import { startFaultProxy } from '../faults/proxy.ts';
import { PATIENCE } from '../patience.ts';
import { madeOn, type RunnerProcess, runsWhatIsBound, spawnRunner } from '../runner-process.ts';
import { Stage, sh } from './runner.ts';

const without = withoutDocker();
/** Seconds: a runner without answers ends its tasks after eight, and renews every two. */
const SILENCE = 20;

/** Sets the clock of programs back by an hour once the runner has started. */
const CLOCK_SET_BACK = `const now = Date.now, from = performance.now(); Date.now = () => now() - (performance.now() - from > 1_000 ? 3_600_000 : 0);`;

describe.skipIf(without)(titled('the lease of a runner', without), () => {
  let stage: Stage;
  let other: Daemon;
  const runners: RunnerProcess[] = [];
  beforeAll(async () => {
    process.env.TASKPORT_SILENCE_SECONDS = `${SILENCE}`;
    [stage, other] = await Promise.all([Stage.open(), startDocker()]);
  });
  afterAll(async () => {
    delete process.env.TASKPORT_SILENCE_SECONDS;
    for (const runner of runners) await runner.stop();
    await stage?.close();
    await other?.stop();
  });

  const start = async (
    location: string,
    engine: string,
    {
      url = stage.url,
      within = [],
      options = [],
    }: { url?: string; within?: string[]; options?: string[] } = {},
  ): Promise<RunnerProcess> => {
    const state = await stage.place(location);
    const runner = spawnRunner(within, url, engine, location, '--state', state, ...options);
    runners.push(runner);
    return runner;
  };
  const says = (runner: RunnerProcess, words: string): Promise<void> =>
    vi.waitFor(() => expect(runner.said()).toContain(words), PATIENCE);
  const ends = (runner: RunnerProcess): Promise<void> =>
    vi.waitFor(() => expect(runner.hasEnded()).toBe(true), PATIENCE);
  const task = async (executorId: string, taskId: string, run: object): Promise<void> =>
    vi.waitFor(async () => expect(await stage.task(executorId, taskId)).toMatchObject(run), PATIENCE);
  const lease = (location: string) => stage.taskport.runners.read(location);
  /** Running containers of tasks on an engine. */
  const runningOn = (engine: string, location: string, service = stage.url): string[] => {
    const made = madeOn(
      engine,
      { service, location },
      'container',
      '{{.State}} {{.Label "dev.taskport.kind"}}',
    );
    return made.filter((one) => one === 'running task');
  };
  const forever = sh('trap "exit 0" TERM; while :; do sleep 0.1; done', {
    restart: { mode: 'always', delaySeconds: 1 },
  });
  const bound = async (location: string): Promise<[executorId: string, taskId: string]> => {
    const executorId = `executor://${location}/${location}`;
    await stage.place(location);
    const [taskId = ''] = await stage.furnish(executorId, forever);
    await stage.bind(executorId);
    return [executorId, taskId];
  };

  it('moves to another engine after the runner has left: its tasks have ended, and are lost', async () => {
    const [executorId, taskId] = await bound('leaving');
    const first = await start('leaving', inject('dockerHost'));
    await runsWhatIsBound(first);
    await task(executorId, taskId, { state: 'running', attempt: 1 });
    const second = await start('leaving', other.host);
    await says(second, 'waits: ');
    const listed = await stage.run(['runner', 'list', '--json']);
    expect(listed.json).toContainEqual(
      expect.objectContaining({
        location: 'leaving',
        state: 'held',
        engine: (await lease('leaving')).engine,
      }),
    );
    const { code } = await stage.run(['runner', 'leave', 'leaving', '--engine', inject('dockerHost')]);
    expect(code).toBe(0);
    expect(runningOn(inject('dockerHost'), 'leaving')).toEqual([]);
    await ends(first);
    expect(first.child.exitCode).toBe(0);
    await runsWhatIsBound(second);
    await task(executorId, taskId, { state: 'running', attempt: 2 });
    const reports = await stage.reports(executorId, taskId);
    expect(reports.find(({ attempt, state }) => attempt === 1 && state === 'failed')).toMatchObject({
      reason: 'lost',
      lost: 'its runner left',
    });
  });

  it('stays with the engine of a lost runner until an administrator fences it; a returning runner runs nothing', async () => {
    const [executorId, taskId] = await bound('fenced');
    const first = await start('fenced', inject('dockerHost'));
    await runsWhatIsBound(first);
    await task(executorId, taskId, { state: 'running', attempt: 1 });
    first.child.kill('SIGKILL');
    const second = await start('fenced', other.host);
    await says(second, 'waits: ');
    const early = await stage.run(['runner', 'fence', 'fenced']);
    expect(early.code).toBe(1);
    expect(early.err).toContain(`silent for ${SILENCE}`);
    await vi.waitFor(
      async () => expect((await lease('fenced')).silentSeconds).toBeGreaterThanOrEqual(SILENCE),
      PATIENCE,
    );
    expect((await stage.run(['runner', 'fence', 'fenced'])).code).toBe(0);
    await runsWhatIsBound(second);
    expect(second.said()).toContain('took the tasks of fenced over');
    await task(executorId, taskId, { state: 'running', attempt: 2 });
    // The accepted risk: no runner was there to end it.
    expect(runningOn(inject('dockerHost'), 'fenced')).toHaveLength(1);
    const returned = await start('fenced', inject('dockerHost'));
    await says(returned, 'waits: ');
    await vi.waitFor(() => expect(runningOn(inject('dockerHost'), 'fenced')).toEqual([]), PATIENCE);
    expect(runningOn(other.host, 'fenced')).toHaveLength(1);
    const ended = (await stage.reports(executorId, taskId)).filter(({ state }) => state !== 'running');
    expect(ended).toMatchObject([{ attempt: 1, state: 'failed', reason: 'lost' }]);
  });

  it('is taken over on request, after a period of silence', async () => {
    const [executorId, taskId] = await bound('taken');
    const first = await start('taken', inject('dockerHost'));
    await runsWhatIsBound(first);
    await task(executorId, taskId, { state: 'running', attempt: 1 });
    const second = await start('taken', other.host, { options: ['--takeover-after', `${SILENCE}s`] });
    await says(second, 'run twice');
    await says(second, 'waits: ');
    first.child.kill('SIGKILL');
    await runsWhatIsBound(second);
    await task(executorId, taskId, { state: 'running', attempt: 2 });
    expect(await lease('taken')).toMatchObject({ state: 'held', epoch: 2 });
  });

  it('makes a runner without answers end its tasks in time, for any change of its clock, and continue afterwards', async () => {
    const proxy = await startFaultProxy(stage.url);
    const [executorId, taskId] = await bound('cut');
    const node = `NODE_OPTIONS=--import=data:text/javascript,${encodeURIComponent(CLOCK_SET_BACK)}`;
    const runner = await start('cut', other.host, { url: proxy.url, within: ['env', node] });
    await runsWhatIsBound(runner);
    await task(executorId, taskId, { state: 'running', attempt: 1 });
    expect(runningOn(other.host, 'cut', proxy.url)).toHaveLength(1);
    proxy.refuse(() => true, { times: Number.POSITIVE_INFINITY });
    await vi.waitFor(() => expect(runningOn(other.host, 'cut', proxy.url)).toEqual([]), PATIENCE);
    expect((await lease('cut')).silentSeconds).toBeLessThan(SILENCE);
    proxy.clear();
    await task(executorId, taskId, { state: 'running', attempt: 2 });
    const reports = await stage.reports(executorId, taskId);
    expect(reports.filter(({ attempt }) => attempt === 1)).toMatchObject([
      { state: 'running' },
      { state: 'failed', reason: 'lost' },
    ]);
    await runner.stop();
    await proxy.stop();
  });

  it('passes at once to the next runner of the same engine, which continues the tasks; the former runner ends', async () => {
    const [executorId, taskId] = await bound('adopted');
    const first = await start('adopted', inject('dockerHost'));
    await runsWhatIsBound(first);
    await task(executorId, taskId, { state: 'running', attempt: 1 });
    const { engine = '', epoch } = await lease('adopted');
    // Like another machine with access to the same engine.
    await stage.taskport.runners.claim('adopted', { engine, runner: 'another', epoch });
    await ends(first);
    expect(first.said()).toContain('another runner of this engine has come');
    const next = await start('adopted', inject('dockerHost'));
    await runsWhatIsBound(next);
    await next.stop();
    expect(await lease('adopted')).not.toHaveProperty('runner');
    const [container = ''] = madeOn(
      inject('dockerHost'),
      { service: stage.url, location: 'adopted' },
      'container',
    );
    expect(container).not.toBe('');
    await runsWhatIsBound(await start('adopted', inject('dockerHost')));
    expect(await stage.task(executorId, taskId)).toMatchObject({ state: 'running', attempt: 1 });
    expect(
      execFileSync('docker', ['-H', inject('dockerHost'), 'inspect', '-f', '{{.State.Running}}', container], {
        encoding: 'utf8',
      }),
    ).toBe('true\n');
  });

  it('is given back by the command if no runner lives', async () => {
    const [executorId, taskId] = await bound('gone');
    const first = await start('gone', inject('dockerHost'));
    await runsWhatIsBound(first);
    await task(executorId, taskId, { state: 'running', attempt: 1 });
    await first.stop();
    expect(runningOn(inject('dockerHost'), 'gone')).toHaveLength(1);
    const state = await stage.place('gone');
    const left = await stage.run([
      'runner',
      'leave',
      'gone',
      '--engine',
      inject('dockerHost'),
      '--state',
      state,
    ]);
    expect(left).toMatchObject({ code: 0, out: expect.stringContaining('has left gone') });
    expect(runningOn(inject('dockerHost'), 'gone')).toEqual([]);
    expect(await lease('gone')).toMatchObject({ state: 'free' });
    const [, last] = await stage.reports(executorId, taskId);
    expect(last).toMatchObject({ state: 'failed', reason: 'lost' });
  });
});
