/** The fate of tasks when the engine itself fails, or somebody interferes. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { DockerEngine } from '../../cli/docker/docker-engine.ts';
import { filtersOf } from '../../cli/docker/labels.ts';
import type { Attempt } from '../../lib/execution/attempt.ts';
import type { Execution } from '../../lib/execution/engine.ts';
import { titled } from '../bundle.ts';
import { PATIENCE } from '../patience.ts';
import { DockerBench, sh } from './bench.ts';
import { type Daemon, startDocker, withoutDocker } from './dockerd.ts';

const without = withoutDocker();
const WAIT = sh('trap "exit 3" TERM; echo ready; while :; do sleep 0.05; done');

describe.skipIf(without)(titled('an engine that fails', without), () => {
  let daemon: Daemon;
  let bench: DockerBench;
  let engine: DockerEngine;
  beforeAll(async () => {
    daemon = await startDocker();
    bench = await DockerBench.open(daemon.host);
    engine = bench.engine();
  });
  afterAll(async () => {
    await engine.close();
    await bench.close();
    await daemon.stop();
  });

  const start = async (specs = [WAIT]) => {
    const { container, attempts } = bench.composed(specs);
    const executions: Execution[] = [];
    for (const attempt of attempts) executions.push(await engine.start(attempt, container, bench.options()));
    return { container, attempts: attempts as [Attempt], executions: executions as [Execution] };
  };
  const ready = (attempt: Attempt): Promise<void> =>
    vi.waitFor(() => expect(bench.lines(attempt)).toContain('ready'), PATIENCE);
  const forgetAll = async (): Promise<void> => {
    for (const { attempt, ended } of await engine.find()) {
      await ended;
      await engine.forget(attempt);
    }
    expect(await bench.left()).toEqual([]);
  };

  it.each(['restart', 'crash'] as const)(
    'after a %s has lost its running tasks, and keeps the ends of others',
    async (how) => {
      const over = await start([sh('exit 9')]);
      await over.executions[0].ended;
      const { attempts, executions } = await start([WAIT, WAIT]);
      for (const attempt of attempts) await ready(attempt);
      await daemon[how]();
      for (const { ended } of executions)
        expect(await ended).toMatchObject({ lost: expect.stringMatching(/./) });
      // A new runner finds the same.
      await engine.close();
      engine = bench.engine();
      const ends = await Promise.all(
        (await engine.find()).map(async ({ attempt, ended }) => [attempt.executorId, await ended]),
      );
      expect(Object.fromEntries(ends)).toMatchObject({
        [over.attempts[0].executorId]: { exitCode: 9 },
        [attempts[0].executorId]: { lost: expect.stringMatching(/./) },
      });
      await forgetAll();
      const again = await start();
      await ready(again.attempts[0]);
      await engine.stop(again.attempts[0]);
      expect(await again.executions[0].ended).toMatchObject({ exitCode: 3 });
      await forgetAll();
    },
  );

  it('that is restarted during the start of a task starts it once', async () => {
    const starting = start([sh('echo began; exit 7')]);
    await daemon.restart();
    const { attempts, executions } = await starting;
    const end = await executions[0].ended;
    expect([{ exitCode: 7 }, { lost: expect.any(String) }]).toContainEqual(
      'lost' in end ? { lost: end.lost } : { exitCode: 'exitCode' in end && end.exitCode },
    );
    expect(bench.lines(attempts[0]).length).toBeLessThan(2);
    await forgetAll();
  });

  it('whose containers somebody removes has lost them', async () => {
    const { executions } = await start();
    const { docker } = bench.reached;
    const [group] = await docker.listContainers({ filters: filtersOf(bench.scope, { kind: 'group' }) });
    await docker.getContainer(group?.Id ?? '').remove({ force: true });
    expect(await executions[0].ended).toMatchObject({ lost: expect.stringMatching(/./) });
    await forgetAll();
  });
});
