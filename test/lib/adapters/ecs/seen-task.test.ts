/** The states of tasks that ECS reports, in the shapes of its developer guide, and their reports. */
import type { Container, Task } from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { seenOf } from '../../../../lib/adapters/ecs/seen-task.ts';

const STARTED = '2026-01-31T12:00:05.000Z';
const STOPPED = '2026-01-31T12:09:00.000Z';
const main = { taskId: 'task://jobs/main', attempt: 1, container: 'jobs_main' };
const side = { taskId: 'task://jobs/side', attempt: 1, container: 'jobs_side' };

const seen = (task: Task, container: Container = {}) =>
  seenOf({ ...task, containers: [{ name: main.container, ...container }] }, [main]).tasks.get(main.container);
const stopped = (stopCode: string, stoppedReason: string): Task => ({
  lastStatus: 'STOPPED',
  stopCode: stopCode as NonNullable<Task['stopCode']>,
  stoppedReason,
  startedAt: new Date(STARTED),
  stoppedAt: new Date(STOPPED),
});
const failedToStart = (stoppedReason: string): Task => {
  const { startedAt: _, ...task } = stopped('TaskFailedToStart', stoppedReason);
  return task;
};
const endOf = (task: Task, container?: Container): object => {
  const one = seen(task, container);
  return one?.state === 'ended' ? one.end : { state: one?.state };
};
const at = STOPPED;

describe('the state of a task in ECS', () => {
  it.each(['PROVISIONING', 'PENDING', 'ACTIVATING'])('is that it waits: %s', (lastStatus) => {
    expect(seen({ lastStatus })).toEqual({
      state: 'pending',
      waitsFor: expect.stringContaining(`(ECS: ${lastStatus})`),
    });
  });

  it.each(['RUNNING', 'DEACTIVATING', 'STOPPING', 'DEPROVISIONING'])('is that it runs: %s', (lastStatus) => {
    expect(seen({ lastStatus, startedAt: new Date(STARTED) })).toEqual({ state: 'running', at: STARTED });
  });

  it('is not running if it was stopped before', () => {
    expect(seen({ lastStatus: 'DEPROVISIONING' })).toMatchObject({ state: 'pending' });
    const { startedAt: _, ...task } = stopped('UserInitiated', 'taskport: it is asked for no more');
    expect(endOf(task)).toEqual({ neverRan: expect.stringContaining('asked for no more'), at });
  });

  it('contains its end: a code, out of memory, or bad health', () => {
    const exited = stopped('EssentialContainerExited', 'Essential container in task exited');
    expect(endOf(exited, { exitCode: 0 })).toEqual({ exitCode: 0, at });
    expect(endOf(exited, { exitCode: 137 })).toEqual({ exitCode: 137, at });
    const starved = { exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' };
    expect(endOf(exited, starved)).toEqual({ exitCode: 137, outOfMemory: true, at });
    const unhealthy = stopped('UserInitiated', 'taskport: it is not healthy');
    expect(endOf(unhealthy, { exitCode: 143 })).toEqual({ exitCode: 143, unhealthy: true, at });
  });

  it.each([
    'CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref',
    'ResourceInitializationError: unable to pull secrets or registry auth',
    'CannotStartContainerError: failed to create shim: exec: "/bin/missing": no such file or directory',
    'Timeout waiting for network interface provisioning to complete.',
  ])('contains why it never started: %s', (reason) => {
    expect(endOf(failedToStart(reason))).toEqual({ launchError: expect.stringContaining(reason), at });
  });

  it('is lost if AWS took it, whatever its code, or if there is no code', () => {
    const taken = stopped('SpotInterruption', 'Your Spot Task was interrupted.');
    expect(endOf(taken, { exitCode: 0 })).toEqual({ lost: expect.stringContaining('interrupted'), at });
    const silent = stopped('', '');
    expect(endOf(silent)).toEqual({ lost: 'ECS does not say why', at });
  });

  it('is separate for each container, which may end before the others', () => {
    const containers = [
      { name: side.container, lastStatus: 'STOPPED', exitCode: 4 },
      { name: main.container, lastStatus: 'RUNNING', healthStatus: 'UNHEALTHY' as const },
    ];
    const { tasks } = seenOf({ lastStatus: 'RUNNING', startedAt: new Date(STARTED), containers }, [
      main,
      side,
    ]);
    expect(tasks.get(side.container)).toEqual({ state: 'ended', end: { exitCode: 4 } });
    expect(tasks.get(main.container)).toEqual({ state: 'running', at: STARTED, isUnhealthy: true });
  });

  it('is unknown once ECS has forgotten it', () => {
    expect(seenOf(undefined, [main])).toEqual({ isThere: false, tasks: new Map() });
  });
});
