/** The fate of a task that has filled the disk of its engine. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it, vi } from 'vitest';
import type { Attempt } from '../../lib/execution/attempt.ts';
import { titled } from '../bundle.ts';
import { PATIENCE } from '../patience.ts';
import { DockerBench, sh } from './bench.ts';
import { startSmallDocker, withoutDocker } from './dockerd.ts';

const without = withoutDocker();

describe.skipIf(without)(titled('a task on an engine without room', without), () => {
  it('gets an error, can be stopped and ends like any other; others run once there is room', async () => {
    const daemon = await startSmallDocker(48);
    const bench = await DockerBench.open(daemon.host);
    const engine = bench.engine();
    const start = async (script: string) => {
      const { container, attempts } = bench.composed([sh(script)]);
      const [attempt] = attempts as [Attempt];
      const { ended } = await engine.start(attempt, container, bench.options());
      return { attempt, ended };
    };
    try {
      const fill = 'echo begins; cat /dev/zero >/full; echo $? >/dev/shm/is-full';
      const wait = 'trap "exit 3" TERM; while :; do sleep 0.05; done';
      const isFull = () =>
        vi.waitFor(() => {
          const { stdout } = spawnSync('df', ['--output=avail', daemon.place], { encoding: 'utf8' });
          expect(Number(stdout.split('\n')[1])).toBe(0);
        }, PATIENCE);
      const stopped = await start(`${fill}; ${wait}`);
      await isFull();
      await engine.stop(stopped.attempt);
      expect(await stopped.ended).toMatchObject({ exitCode: 3 });
      await engine.forget(stopped.attempt);
      const ending = await start(`${fill}; exit 5`);
      expect(await ending.ended).toMatchObject({ exitCode: 5 });
      await engine.forget(ending.attempt);
      const next = await start('echo there is room');
      expect(await next.ended).toMatchObject({ exitCode: 0 });
      expect(bench.lines(next.attempt)).toEqual(['there is room']);
      await engine.forget(next.attempt);
    } finally {
      await engine.close();
      await bench.close();
      await daemon.stop();
    }
  });
});
