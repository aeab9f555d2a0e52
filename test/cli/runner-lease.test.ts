/** One runner at a time: processes on two engines, one of which is lost, cut off, asked to leave, and returns (ADR 43). `test/two-machines/lease.test.ts` has more, with a network. */
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
    { url = stage.url, within = [] }: { url?: string; within?: string[] } = {},
  ): Promise<RunnerProcess> => {
    const state = await stage.place(location);
    const runner = spawnRunner(within, url, engine, location, '--state', state);
    runners.push(runner);
    return runner;
  };
  const says = (runner: RunnerProcess, words: string): Promise<void> =>
    vi.waitFor(() => expect(runner.said()).toContain(words), PATIENCE);
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
  const forever = sh('trap "exit 0" TERM; while :; do sleep 1000 & wait; done', {
    restart: { mode: 'always', delaySeconds: 1 },
  });
  const bound = async (location: string): Promise<[executorId: string, taskId: string]> => {
    const executorId = `executor://${location}/${location}`;
    await stage.place(location);
    const [taskId = ''] = await stage.furnish(executorId, forever);
    await stage.bind(executorId);
    return [executorId, taskId];
  };

  it('stays with the engine of a lost runner until an administrator fences it; a returning runner runs nothing', async () => {
    const [executorId, taskId] = await bound('fenced');
    const first = await start('fenced', inject('dockerHost'));
    await runsWhatIsBound(first);
    await task(executorId, taskId, { state: 'running', attempt: 1 });
    const early = await stage.run(['runner', 'fence', 'fenced']);
    expect(early.code).toBe(1);
    expect(early.err).toContain(`silent for ${SILENCE}`);
    first.child.kill('SIGKILL');
    const proxy = await startFaultProxy(stage.url);
    const second = await start('fenced', other.host, { url: proxy.url });
    await says(second, 'waits: ');
    let hasClaimed = false;
    const afterClaim = ({ path }: { readonly path: string }): boolean => {
      const had = hasClaimed;
      hasClaimed ||= path.endsWith('/runner/claim');
      return had && path.endsWith('/runner');
    };
    // Longer than a call of the client retries.
    proxy.refuse(afterClaim, { times: 7 });
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
    expect(runningOn(other.host, 'fenced', proxy.url)).toHaveLength(1);
    const ended = (await stage.reports(executorId, taskId)).filter(({ state }) => state !== 'running');
    expect(ended).toMatchObject([{ attempt: 1, state: 'failed', reason: 'lost' }]);
    await second.stop();
    await proxy.stop();
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
