/** A volume keeps the writes of tasks: for the next task, for a pull, and after a kill of the runner. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { titled } from '../bundle.ts';
import { withoutDocker } from '../docker/dockerd.ts';
import { PATIENCE } from '../patience.ts';
import { Stage, sh } from './runner.ts';

const without = withoutDocker();

describe.skipIf(without)(titled('a runner', without), () => {
  let stage: Stage;
  let directory: string;
  beforeAll(async () => {
    stage = await Stage.open();
    directory = mkdtempSync(join(tmpdir(), 'taskport-saves-'));
  }, 120_000);
  afterAll(async () => {
    await stage?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const memberOf = async (executorId: string, id: string) => {
    const { composition } = await stage.taskport.elements.read(executorId);
    return composition?.members.find((member) => member.id === id);
  };
  const exited = (executorId: string, task: string) =>
    vi.waitFor(
      async () => expect(await stage.task(executorId, task)).toMatchObject({ state: 'exited' }),
      PATIENCE,
    );
  const settled = (executorId: string, id: string, outcome: string) =>
    vi.waitFor(
      async () =>
        expect(await memberOf(executorId, id)).toMatchObject({ bound: false, settled: { outcome } }),
      PATIENCE,
    );
  /** The files of a pulled volume, with their contents. */
  const pulled = async (id: string): Promise<Record<string, string>> => {
    const archive = join(directory, 'pulled.tar');
    expect(await stage.run(['volume', 'pull', id, archive])).toMatchObject({ code: 0 });
    const unpacked = mkdtempSync(join(directory, 'pulled-'));
    execFileSync('tar', ['-xf', archive, '-C', unpacked]);
    const names = execFileSync('find', ['.', '-type', 'f'], { cwd: unpacked, encoding: 'utf8' });
    return Object.fromEntries(
      names
        .trim()
        .split('\n')
        .map((name) => [name.slice(2), readFileSync(join(unpacked, name), 'utf8')]),
    );
  };

  it('saves the writes of a task, and nothing without writes, for a pull and for the next task', async () => {
    const state = await stage.place('boxes');
    await stage.startRunner('boxes', state);
    const executor = 'executor://boxes/writer';
    const [task = ''] = await stage.furnish(executor, sh('echo x >> /data/count; cat /data/count'));
    const volume = 'volume://data/written';
    await stage.mount(executor, volume, '/data');
    await stage.bind(executor);
    await exited(executor, task);
    await stage.unbind(executor);
    await settled(executor, volume, 'saved');
    expect(await pulled(volume)).toEqual({ count: 'x\n' });
    const { checksum } = await stage.taskport.elements.read(volume);

    const reader = 'executor://boxes/reader';
    const [looks = ''] = await stage.furnish(reader, sh('cat /data/count'));
    const { handle } = await stage.taskport.compositions.open(reader);
    await stage.taskport.compositions.join(handle, { id: volume, mount: { path: '/data' } });
    await stage.bind(reader);
    await exited(reader, looks);
    expect(await stage.lines(reader, looks)).toEqual(['x']);
    await stage.unbind(reader);
    await settled(reader, volume, 'unchanged');
    expect((await stage.taskport.elements.read(volume)).checksum).toBe(checksum);
  }, 180_000);

  it('runs an inline task of a composition in one call, and saves its writes before the executor is deleted', async () => {
    await stage.startRunner('made', await stage.place('made'));
    const [executor, volume] = ['executor://made/once', 'volume://data/once'];
    const task = `${executor}/tasks/main`;
    const script = 'echo said; echo x > /data/written; sleep 1000 & trap "exit 3" TERM; wait';
    const { elements, compositions, runs } = stage.taskport;
    await elements.create({ id: volume });
    const { handle } = await compositions.compose(executor, {
      executor: {},
      members: [
        { id: 'image://library/base', mount: { path: '/' } },
        { id: volume, mount: { path: '/data' } },
        { task: { name: 'main', spec: { process: { args: ['/bin/sh', '-c', script] } } } },
      ],
      bind: true,
    });
    await vi.waitFor(async () => expect(await stage.lines(executor, task)).toEqual(['said']), PATIENCE);
    const running = { id: task, state: 'running' };
    for await (const run of runs.list({ executorLocation: 'made' })) expect(run).toMatchObject(running);
    const closing = await compositions.close(handle, { executor: 'delete' });
    expect(closing?.composition.closing?.waitsFor).toMatchObject([
      { id: volume, why: 'saving' },
      { id: task, why: 'running' },
    ]);
    const gone = { status: 404 };
    await vi.waitFor(() => expect(elements.read(executor)).rejects.toMatchObject(gone), PATIENCE);
    for await (const run of runs.list({ executorLocation: 'made' })) expect(run).toBeUndefined();
    expect(await pulled(volume)).toEqual({ written: 'x\n' });
  }, 180_000);
});
