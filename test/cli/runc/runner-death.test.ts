/** Whatever becomes of the runner, tasks go on, and the next one has them with all of their output. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { OciPlan } from '../../../lib/composition/plan/oci-schema.ts';
import type { Layer } from '../../../lib/composition/plan/plan-input.ts';
import { titled, withoutRunc } from '../../bundle.ts';
import { eventually } from './eventually.ts';
import { busybox, bytesOf, cleanUp, MAIN, Machine, planFor, sh } from './machine.ts';

const without = withoutRunc();

describe.skipIf(without !== undefined)(titled('a task whose runner is killed', without), () => {
  let base: Layer;
  beforeAll(async () => {
    base = await busybox();
  });
  afterEach(cleanUp);

  /** Starts a plan by a process of its own and kills that once `isTime`. */
  const startAndDie = async (machine: Machine, plan: OciPlan, isTime: () => boolean): Promise<void> => {
    const inputs = join(machine.directory, 'inputs');
    mkdirSync(inputs);
    writeFileSync(join(inputs, 'plan.json'), JSON.stringify(plan));
    writeFileSync(join(inputs, 'base.tar'), bytesOf(base.id));
    const program = join(import.meta.dirname, 'doomed-runner.ts');
    const args = [machine.directory, join(inputs, 'plan.json'), `${base.id}=${join(inputs, 'base.tar')}`];
    const runner = spawn(process.execPath, ['--import', 'tsx', program, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(runner.stdout, 'data');
    await eventually(isTime);
    runner.kill('SIGKILL');
    await once(runner, 'exit');
  };

  it('goes on, is found running, and none of its lines is lost', async () => {
    const machine = new Machine();
    const script =
      'trap "echo asked; exit 9" USR1; at=0; while :; do at=$((at + 1)); echo line $at; sleep 0.01; done';
    await startAndDie(machine, planFor(base, sh(script)), () => machine.lines().length > 20);
    const before = machine.lines().length;
    expect(machine.containers()).toMatchObject([{ status: 'running' }]);
    const [found, ...others] = await machine.executor.find();
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      attempt: MAIN,
      interrupts: 0,
      output: { stdout: expect.stringMatching('^file://') },
    });
    await eventually(() => machine.lines().length > before + 20);
    expect(await machine.start(planFor(base, sh('echo another')))).toMatchObject({
      startedAt: found?.startedAt,
    });
    await machine.executor.signal(MAIN, 'USR1', 1);
    expect(await found?.ended).toMatchObject({ exitCode: 9 });
    const lines = machine.lines();
    const numbers = new Set(lines.slice(0, -1));
    expect(lines.at(-1)).toBe('asked');
    expect([...numbers]).toEqual(Array.from(numbers, (_, at) => `line ${at + 1}`));
    // Lines of one write, whose offset the runner did not come to write down, may be there twice.
    expect(lines.length - 1 - numbers.size).toBeLessThan(10);
  });

  it('is found with its exit where it ended meanwhile', async () => {
    const machine = new Machine();
    await startAndDie(
      machine,
      planFor(base, sh('echo begun; sleep 1; echo last; exit 6')),
      () => machine.lines().length > 0,
    );
    await eventually(() => machine.containers().length === 0);
    const [found] = await machine.executor.find();
    expect(await found?.ended).toMatchObject({ exitCode: 6 });
    expect(machine.lines()).toEqual(['begun', 'last']);
    await machine.executor.forget(MAIN);
    expect([machine.attempts(), machine.mounts(), machine.containers()]).toEqual([[], [], []]);
  });

  it('whose shim is killed as well is found as killed, and runs no more', async () => {
    const machine = new Machine();
    await machine.start(planFor(base, sh('while :; do sleep 1; done')));
    await machine.executor.close();
    const { stdout } = spawnSync('pgrep', ['-f', 'taskport-[0-9a-f]+'], { encoding: 'utf8' });
    const mine = stdout
      .split('\n')
      .filter((pid) => pid !== '' && readlinkSync(`/proc/${pid}/cwd`).startsWith(machine.directory));
    for (const pid of mine) process.kill(Number(pid), 'SIGKILL');
    const next = new Machine({ directory: machine.directory });
    const [found] = await next.executor.find();
    expect(await found?.ended).toMatchObject({ exitSignal: 'KILL' });
    await next.executor.forget(MAIN);
    expect([next.attempts(), next.mounts(), next.containers()]).toEqual([[], [], []]);
  });

  it('in the middle of a stop is stopped by the next one, without a second signal', async () => {
    const machine = new Machine();
    const script = `n=0; trap 'n=$((n + 1)); echo asked $n' TERM; echo ready; while :; do sleep 0.05; done`;
    await machine.start(planFor(base, sh(script, { deadlines: { stopSeconds: 1 } })));
    await eventually(() => machine.lines().includes('ready'));
    machine.executor.stop(MAIN).catch(() => {});
    await eventually(() => machine.lines().includes('asked 1'));
    await machine.executor.close();
    const next = new Machine({ directory: machine.directory });
    await next.executor.stop(MAIN);
    const [found] = await next.executor.find();
    expect(await found?.ended).toMatchObject({ exitSignal: 'KILL' });
    // A line whose offset the runner did not come to write down may be there twice.
    expect([...new Set(next.lines())]).toEqual(['ready', 'asked 1']);
  });

  it('leaves nothing of what it had begun to pull', async () => {
    const machine = new Machine();
    await machine.start(planFor(base, sh('true')));
    await machine.executor.close();
    const cache = join(machine.directory, 'layers/overlay');
    mkdirSync(join(cache, 'partial/layer-x/t'), { recursive: true });
    mkdirSync(join(machine.directory, 'attempts/half/bundle'), { recursive: true });
    const next = new Machine({ directory: machine.directory });
    await next.executor.find();
    expect(next.attempts()).toHaveLength(1);
    await next.run(planFor(base, sh('true')), { ...MAIN, executorId: 'executor://boxes/box-2' });
    expect(spawnSync('ls', [join(cache, 'partial')], { encoding: 'utf8' }).stdout).toBe('');
  });
});
