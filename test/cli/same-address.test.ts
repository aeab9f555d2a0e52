/** Two services that have the same address one after the other, as two clones on one machine do, with runners on one engine. */
import { afterAll, describe, expect, inject, it } from 'vitest';
import { Taskport } from '../../client/taskport.ts';
import { titled } from '../bundle.ts';
import { archiveOf, busyboxTree } from '../busybox.ts';
import { withoutDocker } from '../docker/dockerd.ts';
import { freshDirectory, removeDirectory, startProduct } from '../host/product.ts';
import { PATIENCE } from '../patience.ts';
import { clearEngine, startRunner } from '../runner-process.ts';
import { runAgainst } from './command-line.ts';

const without = withoutDocker();

describe.skipIf(without)(titled('a runner of a service', without), () => {
  const directories = [freshDirectory(), freshDirectory()] as const;
  let url = 'http://127.0.0.1:0';
  afterAll(() => {
    clearEngine(inject('dockerHost'), { service: url });
    for (const directory of directories) removeDirectory(directory);
  });

  /** Starts a service with a runner of `machines`; both stop together. */
  const start = async (directory: string) => {
    const host = startProduct({ directory, port: new URL(url).port });
    url = await host.listening();
    const { locations, elements } = new Taskport({ url });
    const kinds = { library: 'image', data: 'volume', machines: 'executor' } as const;
    for (const [name, kind] of Object.entries(kinds)) await locations.create({ name, kind }).catch(() => {});
    const base64 = (await archiveOf(busyboxTree())).toString('base64');
    await elements.create({ id: 'image://library/base', data: { base64 } }).catch(() => {});
    const state = `${directory}-runner`;
    const runner = await startRunner(url, inject('dockerHost'), 'machines', '--state', state);
    const run = runAgainst(url);
    return {
      said: runner.said,
      /** Runs a script in `machines/<name>`, with a volume that keeps its writes. */
      sh: (name: string, script: string, ...flags: string[]) =>
        run(
          ['run', '--name', name, '--volume', 'data/kept:/kept', ...flags, 'library/base'].concat(
            ...['--', '/bin/sh', '-c', script],
          ),
        ),
      run,
      stop: async () => {
        await runner.stop();
        await host.stop();
      },
    };
  };

  it('leaves the tasks and the unsaved writes of another service alone, which had its address', async () => {
    const first = await start(directories[0]);
    const script = 'echo precious > /kept/one; echo written; exec sleep 1000';
    expect(await first.sh('web', script, '--detach')).toMatchObject({ code: 0 });
    await expect.poll(async () => (await first.run(['logs', 'web'])).out, PATIENCE).toBe('written\n');
    await first.stop();

    const second = await start(directories[1]);
    await expect
      .poll(() => second.said(), PATIENCE)
      .toContain('of another Taskport alone, which had this address');
    // The names are those of the first service, and so is the number of the attempt.
    expect(await second.sh('web', 'ls /kept; echo mine > /kept/two')).toMatchObject({ code: 0, out: '' });
    expect(await second.sh('again', 'cat /kept/two')).toMatchObject({ code: 0, out: 'mine\n' });
    expect(await second.run(['rm', 'web', 'again'])).toMatchObject({ code: 0 });
    await second.stop();

    const returned = await start(directories[0]);
    await expect
      .poll(async () => (await returned.run(['ps'])).out, PATIENCE)
      .toMatch(/machines\/web .* runs for/);
    expect(await returned.run(['stop', '--time', '0', 'web'])).toMatchObject({ code: 0 });
    expect(await returned.sh('after', 'cat /kept/one')).toMatchObject({ code: 0, out: 'precious\n' });
    expect(returned.said()).not.toContain('discards');
    await returned.stop();
  });
});
