/** The fate of a task that has filled the disk of its engine. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { loadImage } from '../../cli/docker/load-image.ts';
import { registryOf } from '../../cli/docker/service-registry.ts';
import { Taskport } from '../../client/taskport.ts';
import type { Attempt } from '../../lib/execution/attempt.ts';
import { archive, file } from '../archives/tar-bytes.ts';
import { titled } from '../bundle.ts';
import { imageOf } from '../oci.ts';
import { PATIENCE } from '../patience.ts';
import { DockerBench, rootOf, sh } from './bench.ts';
import { type Daemon, startSmallDocker, withoutDocker } from './dockerd.ts';

const without = withoutDocker();

describe.skipIf(without)(titled('an engine without room', without), () => {
  let daemon: Daemon & { readonly place: string };
  let bench: DockerBench;
  beforeAll(async () => {
    daemon = await startSmallDocker(48);
    bench = await DockerBench.open(daemon.host);
  });
  afterAll(async () => {
    await bench.close();
    await daemon.stop();
  });

  it('gives a task an error, which can be stopped and ends like any other; others run once there is room', async () => {
    const engine = bench.engine();
    const start = async (script: string) => {
      const { container, attempts } = bench.composed([sh(script)]);
      const [attempt] = attempts as [Attempt];
      const { ended } = await engine.start(attempt, container, bench.options());
      return { attempt, ended };
    };
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
    await engine.close();
  });

  it('takes no image that does not fit, and the runner keeps nothing of it', async () => {
    const large = imageOf([gzipSync(archive(file('large', 'x'.repeat(64 * 2 ** 20))))]);
    await bench.push(large);
    const registry = registryOf(new Taskport({ url: bench.service.url }), bench.scope.service);
    const { signal } = new AbortController();
    const image = await registry.open(rootOf(large).id, { signal });
    const place = mkdtempSync(join(bench.directory, 'tmp-'));
    vi.stubEnv('TMPDIR', place);
    onTestFinished(() => void vi.unstubAllEnvs());
    const name = { repository: 'localhost/large', tag: '1' };
    await expect(loadImage(bench.reached.docker, image, name, signal, () => {})).rejects.toThrow(/space/);
    expect(readdirSync(place)).toEqual([]);
  });
});
