/** Shared and separate parts of an executor's tasks, and their ends. */
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import type { DockerEngine } from '../../cli/docker/docker-engine.ts';
import type { TaskSpec } from '../../lib/element/task-spec.ts';
import type { Attempt } from '../../lib/execution/attempt.ts';
import { deferred } from '../../lib/execution/deferred.ts';
import type { Execution } from '../../lib/execution/engine.ts';
import { titled } from '../bundle.ts';
import { PATIENCE } from '../patience.ts';
import { DockerBench, sh } from './bench.ts';
import { withoutDocker } from './dockerd.ts';

const without = withoutDocker();
const WAIT = 'while :; do sleep 0.05; done';

describe.skipIf(without)(titled('tasks of an executor', without), () => {
  let bench: DockerBench;
  let engine: DockerEngine;
  beforeAll(async () => {
    bench = await DockerBench.open(inject('dockerHost'));
    engine = bench.engine();
  });
  afterEach(async () => {
    for (const { attempt } of await engine.find()) {
      await engine.stop(attempt);
      await engine.forget(attempt);
    }
    expect(await bench.left()).toEqual([]);
  });
  afterAll(async () => {
    await engine.close();
    await bench.close();
  });

  /** Starts all, one after another. */
  const startAll = async (...specs: readonly TaskSpec[]) => {
    const quick = specs.map((spec) => ({ deadlines: { stopSeconds: 1 }, ...spec }));
    const { container, attempts } = bench.composed(quick);
    const executions: Execution[] = [];
    for (const attempt of attempts) executions.push(await engine.start(attempt, container, bench.options()));
    return { attempts: attempts as [Attempt, Attempt], executions: executions as [Execution, Execution] };
  };
  const endOf = async ({ ended }: Execution): Promise<object> => {
    const { at: _, ...end } = await ended;
    return end;
  };
  const said = (attempt: Attempt, line: RegExp, stream = 'stdout'): Promise<void> =>
    vi.waitFor(
      () => expect(bench.lines(attempt, stream)).toContainEqual(expect.stringMatching(line)),
      PATIENCE,
    );

  it('share host name, network, processes and shared memory, but no file of the root', async () => {
    const { attempts } = await startAll(
      sh(`hostname; echo mine > /own; echo shared > /dev/shm/it; nc -lp 7070 -e echo hello & ${WAIT}`),
      sh(
        `hostname; until cat /dev/shm/it; do sleep 0.05; done; until nc 127.0.0.1 7070 | grep hello; do sleep 0.05; done; ls /own; ps | grep -c '[n]c -lp'; ${WAIT}`,
      ),
    );
    const [first, second] = attempts;
    await said(second, /^1$/);
    expect(bench.lines(second)).toEqual([bench.lines(first)[0], 'shared', 'hello', '1']);
    await said(second, /No such file/, 'stderr');
  });

  it('end when their own process ends, in spite of orphaned processes', async () => {
    const { attempts, executions } = await startAll(
      sh(`trap 'ps | grep -c "[s]leep 4[0-9]"; exit 5' USR1; ${WAIT}`),
      sh('sleep 40 & setsid sleep 41 & (sleep 42 &); exit 3'),
    );
    expect(await endOf(executions[1])).toEqual({ exitCode: 3 });
    // No process of the task is left, though the others run.
    await engine.signal(attempts[0], 'USR1', 1);
    expect(await endOf(executions[0])).toEqual({ exitCode: 5 });
    expect(bench.lines(attempts[0])).toEqual(['0']);
  });

  it('take their child processes along when they are stopped, even in another session', async () => {
    const { attempts, executions } = await startAll(
      sh(`trap 'ps | grep -c "[s]leep 4[0-9]"; exit 5' USR1; ${WAIT}`),
      sh(`trap '' TERM; setsid sh -c "trap '' TERM; sleep 43; sleep 44" & echo ready; ${WAIT}`),
    );
    await said(attempts[1], /^ready$/);
    await engine.stop(attempts[1]);
    expect(await endOf(executions[1])).toEqual({ exitSignal: 'KILL' });
    await engine.signal(attempts[0], 'USR1', 1);
    await endOf(executions[0]);
    expect(bench.lines(attempts[0])).toEqual(['0']);
  });

  it('are forgotten while the start of another executor takes long', async () => {
    const blocked = deferred<void>();
    const scope = { ...bench.scope, location: `${bench.scope.location}-slow` };
    const slow = bench.engine({
      scope,
      secretOf: async () => {
        await blocked.promise;
        return '';
      },
    });
    const secrets = [{ name: 'TOKEN', valueFrom: 'token', target: 'env' as const }];
    const [short, long] = [bench.composed([sh('exit 0')]), bench.composed([sh('exit 0', { secrets })])];
    const [over, waiting] = [short.attempts[0] as Attempt, long.attempts[0] as Attempt];
    try {
      const { ended } = await slow.start(over, short.container, bench.options());
      const starting = slow.start(waiting, long.container, bench.options());
      await ended;
      await slow.forget(over);
      expect(await bench.left(scope)).toEqual([expect.stringContaining('-group-')]);
      blocked.resolve();
      await (await starting).ended;
      await slow.forget(waiting);
    } finally {
      blocked.resolve();
      await slow.close();
    }
  });

  it('leave no zombies', async () => {
    const orphans = 'for n in $(seq 30); do (sh -c "sleep 0.1" &); done; sleep 0.5';
    const zombies = `grep -l "^State:.Z" /proc/[0-9]*/status | wc -l`;
    const { attempts, executions } = await startAll(sh(`${orphans}; ${zombies}`));
    expect(await endOf(executions[0])).toEqual({ exitCode: 0 });
    expect(bench.lines(attempts[0])).toEqual(['0']);
  });

  it.each([
    ['exit 0', { exitCode: 0 }],
    ['exit 127', { exitCode: 127 }],
    ['exit 255', { exitCode: 255 }],
    ['kill -SEGV $$', { exitSignal: 'SEGV' }],
    ['kill -KILL $$', { exitSignal: 'KILL' }],
    // The engine cannot tell these two from a kill.
    ['exit 137', { exitSignal: 'KILL' }],
    ['tail -f /dev/null & kill -KILL $!; wait $!', { exitSignal: 'KILL' }],
  ])('end like their process: %s', async (script, end) => {
    const { executions } = await startAll(sh(script));
    expect(await endOf(executions[0])).toEqual(end);
  });

  it('are unhealthy while a check hangs, and are checked again after it has ended', async () => {
    const command = ['/bin/sh', '-c', 'echo $$ > /pid; test -e /free && exit 0; exec sleep 4000'];
    const { attempts } = await startAll(
      sh(`trap 'touch /free; kill $(cat /pid)' USR1; ${WAIT}`, {
        healthCheck: { command, timeoutSeconds: 1 },
      }),
    );
    expect(await engine.check(attempts[0])).toBe(false);
    expect(await engine.check(attempts[0])).toBe(false);
    await engine.signal(attempts[0], 'USR1', 1);
    await vi.waitFor(async () => expect(await engine.check(attempts[0])).toBe(true), PATIENCE);
  });
});
