/** The simulated machines: each runs bound tasks on its own engine, and can be cut off. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { titled } from '../bundle.ts';
import { Stage, sh } from '../cli/runner.ts';
import { PATIENCE } from '../patience.ts';
import { runsWhatIsBound } from '../runner-process.ts';
import { Machine, withoutMachines } from './machine.ts';

const without = withoutMachines();

describe.skipIf(without)(titled('two machines', without), () => {
  let stage: Stage;
  let machines: Machine[];
  beforeAll(async () => {
    [stage, ...machines] = await Promise.all([Stage.open(), Machine.start(), Machine.start()]);
  });
  afterAll(async () => {
    for (const machine of machines ?? []) await machine.stop();
    await stage?.close();
  });

  it('run bound tasks of their own location, each on its own engine', async () => {
    for (const [at, machine] of machines.entries()) {
      const location = `place-${at}`;
      const executorId = `executor://${location}/of-${machine.name}`;
      const runner = machine.runner(stage.url, location, ['--state', await stage.place(location)]);
      await runsWhatIsBound(runner);
      const [taskId = ''] = await stage.furnish(
        executorId,
        sh('trap "exit 7" TERM; while :; do sleep 1000 & wait; done'),
      );
      await stage.bind(executorId);
      await vi.waitFor(
        async () => expect(await stage.task(executorId, taskId)).toMatchObject({ state: 'running' }),
        PATIENCE,
      );
      expect(machines.map((each) => each.docker('ps', '--quiet').length > 0)).toEqual(
        machines.map((each) => each === machine),
      );
      await stage.unbind(executorId, taskId);
      await vi.waitFor(
        async () =>
          expect(await stage.task(executorId, taskId)).toMatchObject({ state: 'exited', exitCode: 7 }),
        PATIENCE,
      );
    }
  });

  it('miss events while they are cut off, and run the tasks afterwards', async () => {
    const [machine] = machines as [Machine];
    expect(machine.reaches(stage.url)).toBe(true);
    machine.cut();
    expect(machine.reaches(stage.url)).toBe(false);
    const executorId = 'executor://place-0/two';
    const [taskId = ''] = await stage.furnish(executorId, sh('exit 3'));
    await stage.bind(executorId);
    expect(machine.docker('ps', '--quiet')).toBe('');
    machine.mend();
    expect(machine.reaches(stage.url)).toBe(true);
    await vi.waitFor(
      async () =>
        expect(await stage.task(executorId, taskId)).toMatchObject({ state: 'exited', exitCode: 3 }),
      PATIENCE,
    );
  });
});
