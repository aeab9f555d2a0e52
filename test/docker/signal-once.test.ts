/** A signal is sent once, even if its answer is lost and the engine has already forgotten the event. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { reachEngine } from '../../cli/docker/reach-engine.ts';
import type { Attempt } from '../../lib/execution/attempt.ts';
import { titled } from '../bundle.ts';
import { PATIENCE } from '../patience.ts';
import { DockerBench, sh } from './bench.ts';
import { withoutDocker } from './dockerd.ts';
import { EngineProxy } from './engine-proxy.ts';

const without = withoutDocker();
/** Docker keeps 256 events. */
const MANY = 260;
const LISTENING = sh(
  'trap "echo heard USR1" USR1; trap "echo heard TERM; exit 3" TERM; sleep 1000 & echo ready; while :; do wait; done',
  { deadlines: { stopSeconds: 120 } },
);

describe.skipIf(without)(titled('a signal whose answer is lost', without), () => {
  let bench: DockerBench;
  let proxy: EngineProxy;
  beforeAll(async () => {
    bench = await DockerBench.open(inject('dockerHost'));
    const socket = join(bench.directory, 'proxy.sock');
    proxy = await EngineProxy.start(inject('dockerHost').replace('unix://', ''), socket);
  });
  afterAll(async () => {
    await proxy.stop();
    await bench.close();
  });

  it('is followed by KILL if the engine refuses it, until the task has ended', async () => {
    const engine = bench.engine({
      engine: await reachEngine(`unix://${join(bench.directory, 'proxy.sock')}`, {}),
    });
    const deadlines = { stopSeconds: 1 };
    const { container, attempts } = bench.composed([
      sh('echo ready; while :; do sleep 1; done', { deadlines }),
    ]);
    const [attempt] = attempts as [Attempt];
    const execution = await engine.start(attempt, container, bench.options());
    let kills = 0;
    proxy.fate = (call) => {
      if (!call.endsWith('/kill')) return 'pass';
      kills += 1;
      return kills > 2 ? 'pass' : 'refuse';
    };
    await expect(engine.stop(attempt)).rejects.toThrow('permission denied');
    await engine.stop(attempt);
    expect(kills).toBeGreaterThan(2);
    expect(await execution.ended).toMatchObject({ exitSignal: 'KILL' });
    await engine.forget(attempt);
    await engine.close();
  });

  /** Fills the event history of the engine, so that it drops earlier events. */
  const happenMuch = async (): Promise<void> => {
    const container = bench.reached.docker.getContainer((await bench.left())[0]?.slice(1) ?? '');
    for (let at = 0; at < MANY; at += 10)
      await Promise.all(Array.from({ length: 10 }, () => container.exec({ Cmd: ['/bin/true'] })));
  };

  it('is received once, however many other events the engine has before the check', async () => {
    const engine = bench.engine({
      engine: await reachEngine(`unix://${join(bench.directory, 'proxy.sock')}`, {}),
    });
    const { container, attempts } = bench.composed([LISTENING]);
    const [attempt] = attempts as [Attempt];
    const execution = await engine.start(attempt, container, bench.options());
    await vi.waitFor(() => expect(bench.lines(attempt)).toContain('ready'), PATIENCE);
    let kills = 0;
    let happening: Promise<void> | undefined;
    proxy.fate = async (call) => {
      if (call.endsWith('/kill')) {
        kills += 1;
        return kills === 1 ? 'lose' : 'pass';
      }
      // The answer is lost by now.
      if (kills > 0) happening ??= happenMuch();
      await happening;
      return 'pass';
    };
    await engine.signal(attempt, 'USR1', 1);
    await vi.waitFor(() => expect(bench.lines(attempt)).toContain('heard USR1'), PATIENCE);
    await engine.stop(attempt);
    expect(await execution.ended).toMatchObject({ exitCode: 3 });
    expect(happening).toBeDefined();
    expect(bench.lines(attempt)).toEqual(['ready', 'heard USR1', 'heard TERM']);
    await engine.forget(attempt);
    await engine.close();
  });
});
