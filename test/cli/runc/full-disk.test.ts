/** Room on disk: what happens without, and that output takes no more of it than it must. */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Layer } from '../../../lib/composition/plan/plan-input.ts';
import { LaunchError } from '../../../lib/execution/engine.ts';
import { titled, withoutRunc } from '../../bundle.ts';
import { eventually } from './eventually.ts';
import { busybox, cleanUp, emptyDirectory, LOG, MAIN, Machine, planFor, sh } from './machine.ts';

const without = withoutRunc();

describe.skipIf(without !== undefined)(titled('a full disk', without), () => {
  let base: Layer;
  beforeAll(async () => {
    base = await busybox();
  });
  afterEach(cleanUp);

  const small = async (mib: number): Promise<string> => {
    const directory = await emptyDirectory();
    spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${mib}m`, 'tmpfs', directory]);
    return directory;
  };
  const fill = (directory: string): (() => void) => {
    const path = join(directory, 'ballast');
    const file = openSync(path, 'w');
    const bytes = Buffer.alloc(4096);
    try {
      for (;;) writeSync(file, bytes);
    } catch {
      closeSync(file);
    }
    return () => rmSync(path);
  };
  const left = (machine: Machine) => [machine.attempts(), machine.mounts(), machine.containers()];

  it('keeps a layer from being pulled, and nothing of it stays', async () => {
    const machine = new Machine({ directory: await small(1) });
    const started = machine.start(planFor(base, sh('true')));
    await expect(started).rejects.toThrow(LaunchError);
    await expect(started).rejects.toThrow(/no space left|wrote only/i);
    expect(left(machine)).toEqual([[], [], []]);
    const { bsize, blocks, bfree } = statfsSync(machine.directory);
    expect((blocks - bfree) * bsize).toBeLessThan(256 * 1024);
  });

  it('keeps a task from starting, and lets it once there is room', async () => {
    const directory = await small(8);
    const machine = new Machine({ directory });
    await machine.run(planFor(base, sh('true')));
    const other = { ...MAIN, executorId: 'executor://boxes/box-2' };
    const empty = fill(directory);
    const started = machine.start(planFor(base, sh('true')), other);
    await expect(started).rejects.toThrow(LaunchError);
    await expect(started).rejects.toThrow(/no space left/i);
    expect(machine.attempts()).toHaveLength(1);
    expect([machine.mounts(), machine.containers()]).toEqual([[], []]);
    empty();
    expect((await machine.run(planFor(base, sh('true')), other)).exit).toEqual({ exitCode: 0 });
  });

  it('does not hide how a task ended, nor what it wrote before', async () => {
    const directory = await small(8);
    const machine = new Machine({ directory });
    const { ended } = await machine.start(
      planFor(base, sh('echo before; read line; exit 7', { interaction: { openStdin: true } })),
    );
    await eventually(() => machine.lines().length === 1);
    const empty = fill(directory);
    const [attempt] = machine.attempts();
    spawnSync('sh', ['-c', `echo go > ${directory}/attempts/${attempt}/stdin`]);
    expect(await ended).toMatchObject({ exitCode: 7 });
    empty();
    expect(machine.lines()).toEqual(['before']);
  });

  it('is not what a task comes to that writes more than there is room for, as long as its log has a limit', async () => {
    const directory = await small(64);
    const machine = new Machine({ directory });
    const log = { id: LOG, spec: { file: { path: 'all.log', maxSizeKiB: 1024 } } };
    const script =
      'for i in $(seq 40); do dd if=/dev/zero bs=1M count=4 2>/dev/null | tr "\\0" "x" | fold -w 1000; echo; sleep 0.1; done';
    const { exit } = await machine.run(planFor(base, sh(script), { logs: [log] }));
    expect(exit).toEqual({ exitCode: 0 });
  });
});
