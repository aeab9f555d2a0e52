/** One runner at a time runs the tasks of a location, for any failures of runners, machines, and their network. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { titled } from '../bundle.ts';
import { sh } from '../cli/runner.ts';
import { PATIENCE } from '../patience.ts';
import { type RunnerProcess, runsWhatIsBound } from '../runner-process.ts';
import { type Machine, withoutMachines } from './machine.ts';
import { Places, SILENCE } from './places.ts';

const without = withoutMachines();
const AGAIN = { mode: 'on-failure', delaySeconds: 0 } as const;
const endless = sh('echo began; exec sleep 1000', {
  restart: AGAIN,
  deadlines: { stopSeconds: 0 },
});

describe.skipIf(without)(titled('the lease of a location', without), () => {
  let places: Places;
  let one: Machine;
  let other: Machine;
  beforeAll(async () => {
    places = await Places.open();
    [one, other] = places.machines;
  });
  afterEach(({ task }) => places?.stopRunners(task.result?.state === 'fail'));
  afterAll(() => places?.close());

  /** A location with a runner on a machine, and one endless task. */
  const begun = async (location: string, start = (): RunnerProcess => places.runner(one, location)) => {
    await places.stage.place(location);
    const runner = start();
    await runsWhatIsBound(runner);
    const executorId = `executor://${location}/${location}`;
    const [taskId = ''] = await places.stage.furnish(executorId, endless);
    await places.stage.bind(executorId);
    await comesTo(executorId, taskId, { state: 'running', attempt: 1 });
    const [container] = await places.runs(one, location, 1);
    return { runner, executorId, taskId, container, location };
  };
  const comesTo = (executorId: string, taskId: string, run: object): Promise<void> =>
    vi.waitFor(async () => expect(await places.stage.task(executorId, taskId)).toMatchObject(run), PATIENCE);
  const isHeldAt = (location: string, epoch: number): Promise<void> =>
    vi.waitFor(
      async () => expect(await places.lease(location)).toMatchObject({ state: 'held', epoch }),
      PATIENCE,
    );
  /** Fences as soon as the service permits it. */
  const fence = async (location: string): Promise<void> => {
    await vi.waitFor(() => places.stage.taskport.runners.fence(location), PATIENCE);
  };

  it('passes at once to the next runner of the engine, which takes over the running tasks', async () => {
    const { runner, executorId, taskId, container, location } = await begun('killed');
    runner.child.kill('SIGKILL');
    const next = places.runner(one, location);
    await runsWhatIsBound(next);
    expect(await places.lease(location)).toMatchObject({ state: 'held', epoch: 2 });
    expect(places.running(one, location)).toEqual([container]);
    one.docker('kill', '--signal', 'KILL', container ?? '');
    await comesTo(executorId, taskId, { attempt: 2, state: 'running' });
  });

  it('passes to a second runner of the engine, and the first ends and leaves its tasks', async () => {
    const { runner, container, location, executorId, taskId } = await begun('adopted');
    const distant = places.distantRunner(one, location);
    await runsWhatIsBound(distant);
    await vi.waitUntil(runner.hasEnded, PATIENCE);
    expect(runner.said()).toContain('another runner of this engine has started');
    expect(places.running(one, location)).toEqual([container]);
    expect(await places.stage.task(executorId, taskId)).toMatchObject({ state: 'running', attempt: 1 });
    expect(await places.lease(location)).toMatchObject({ state: 'held', epoch: 2 });
    // A runner that stops leaves the tasks to the next one.
    await distant.stop();
    expect(await places.lease(location)).not.toHaveProperty('runner');
    expect(places.running(one, location)).toEqual([container]);
    await runsWhatIsBound(places.runner(one, location));
    expect(await places.stage.task(executorId, taskId)).toMatchObject({ state: 'running', attempt: 1 });
    expect(places.running(one, location)).toEqual([container]);
  });

  it('is refused to a runner of another engine, which starts nothing', async () => {
    const { location, container } = await begun('refused');
    const stranger = places.runner(other, location);
    await vi.waitUntil(() => stranger.said().includes('waits: '), PATIENCE);
    expect(await places.lease(location)).toMatchObject({ state: 'held', epoch: 1 });
    expect(places.running(other, location)).toEqual([]);
    expect(places.running(one, location)).toEqual([container]);
  });

  it('of a runner that is cut off expires: its tasks end, another runner may take over, and the first is refused when it returns', async () => {
    const { location, executorId, taskId } = await begun('severed');
    const second = places.runner(other, location, '--takeover-after', `${SILENCE}s`);
    for (const words of ['run twice', 'waits: '])
      await vi.waitUntil(() => second.said().includes(words), PATIENCE);
    one.cut();
    try {
      // By itself, because no message reaches it.
      await places.runs(one, location, 0);
      await places.runs(other, location, 1);
    } finally {
      one.mend();
    }
    await runsWhatIsBound(second);
    await isHeldAt(location, 2);
    await comesTo(executorId, taskId, { state: 'running', attempt: 2 });
    expect(places.running(one, location)).toEqual([]);
  });

  it('is fenced by an administrator; a runner that was suspended longer than its lease ends its tasks, and its reports are refused', async () => {
    const { runner, location, executorId, taskId } = await begun('stopped');
    await expect(places.stage.taskport.runners.fence(location)).rejects.toMatchObject({
      code: 'invalid-state',
    });
    runner.child.kill('SIGSTOP');
    await fence(location);
    const second = places.runner(other, location);
    await runsWhatIsBound(second);
    await comesTo(executorId, taskId, { state: 'running', attempt: 2 });
    runner.child.kill('SIGCONT');
    await places.runs(one, location, 0);
    // Reports on the first attempt are refused; the second attempt's state stays.
    expect(await places.stage.task(executorId, taskId)).toMatchObject({ state: 'running', attempt: 2 });
    expect(
      (await places.stage.reports(executorId, taskId)).filter(({ attempt }) => attempt === 1),
    ).toMatchObject([{ state: 'running' }, { lost: expect.any(String) }]);
    expect(places.running(other, location)).toHaveLength(1);
    expect(await places.lease(location)).toMatchObject({ state: 'held' });
  });

  it('passes to another engine after the runner leaves, when its tasks have ended', async () => {
    const { runner, location, executorId, taskId } = await begun('left');
    const second = places.runner(other, location);
    await vi.waitUntil(() => second.said().includes('waits: '), PATIENCE);
    const { engine } = await places.lease(location);
    const { json: listed } = await places.stage.run(['runner', 'list', '--json']);
    expect(listed).toContainEqual(expect.objectContaining({ location, state: 'held', engine }));
    await one.taskport(places.stage.url, 'runner', 'leave', location);
    // Its tasks have ended when the command ends.
    expect(places.running(one, location)).toEqual([]);
    await vi.waitUntil(runner.hasEnded, PATIENCE);
    expect(runner.child.exitCode).toBe(0);
    await runsWhatIsBound(second);
    await comesTo(executorId, taskId, { state: 'running', attempt: 2 });
    const reports = await places.stage.reports(executorId, taskId);
    expect(reports.find(({ attempt, state }) => attempt === 1 && state === 'failed')).toMatchObject({
      reason: 'lost',
      lost: 'its runner left',
    });
    await places.runs(other, location, 1);
    expect(places.running(one, location)).toEqual([]);
  });

  it('is kept and expires by a monotonic clock', async () => {
    const location = 'set-back';
    const { runner, executorId, taskId } = await begun(location, () => places.runnerSetBack(one, location));
    runner.child.kill('SIGUSR2');
    const { heardAt } = await places.lease(location);
    await vi.waitFor(async () => expect((await places.lease(location)).heardAt).not.toBe(heardAt), PATIENCE);
    expect(await places.stage.task(executorId, taskId)).toMatchObject({ state: 'running', attempt: 1 });
    one.cut();
    try {
      runner.child.kill('SIGUSR2');
      await places.runs(one, location, 0);
    } finally {
      one.mend();
    }
    await comesTo(executorId, taskId, { state: 'running', attempt: 2 });
    await places.runs(one, location, 1);
  });
});
