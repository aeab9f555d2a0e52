/** Tasks run by runc on this machine, as their plans say. */
import { spawnSync } from 'node:child_process';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Layer } from '../../../lib/composition/plan/plan-input.ts';
import { LaunchError } from '../../../lib/execution/engine.ts';
import { titled, withoutRunc } from '../../bundle.ts';
import { archiveOf } from '../../busybox.ts';
import { task } from '../../lib/composition/plan/some-input.ts';
import { eventually } from './eventually.ts';
import { busybox, cleanUp, fetches, MAIN, Machine, offer, planFor, root, SIDE, sh } from './machine.ts';

const without = withoutRunc();

describe.skipIf(without !== undefined)(titled('a task that runc runs', without), () => {
  let base: Layer;
  beforeAll(async () => {
    base = await busybox();
  });
  afterEach(cleanUp);

  it('prints into its log, stream by stream, and ends as its program does', async () => {
    const machine = new Machine();
    const { ended, output } = await machine.start(
      planFor(base, sh('echo out; echo err >&2; printf unended; exit 7')),
    );
    expect(await ended).toMatchObject({ exitCode: 7, at: expect.any(String) });
    const uri = `file://${machine.directory}/logs/logs/all.log`;
    expect(output).toEqual({ stdout: uri, stderr: uri });
    const lines = machine.log();
    expect(lines.filter(({ stream }) => stream === 'stdout').map(({ text }) => text)).toEqual([
      'out',
      'unended',
    ]);
    expect(lines.find(({ stream }) => stream === 'stderr')).toMatchObject({
      executor: MAIN.executorId,
      task: MAIN.taskId,
      attempt: 1,
      text: 'err',
    });
  });

  it.each([
    ['exit 0', { exitCode: 0 }],
    ['exit 127', { exitCode: 127 }],
    ['echo "exec /bin/x: failed" >&2; exit 1', { exitCode: 1 }],
    ["sh -c 'kill -9 $$'; exit $?", { exitSignal: 'KILL' }],
    ['exit 255', { exitCode: 255 }],
  ])('that does `%s` is reported so', async (script, exit) => {
    expect((await new Machine().run(planFor(base, sh(script)))).exit).toEqual(exit);
  });

  it('gets each signal once, however often it is asked for', async () => {
    const machine = new Machine();
    const script = 'trap "echo usr1" USR1; trap "exit 3" USR2; echo ready; while :; do sleep 0.02; done';
    const { ended } = await machine.start(planFor(base, sh(script)));
    await eventually(() => machine.lines().includes('ready'));
    await Promise.all([machine.executor.signal(MAIN, 'USR1', 1), machine.executor.signal(MAIN, 'USR1', 1)]);
    await eventually(() => machine.lines().includes('usr1'));
    await machine.executor.signal(MAIN, 'USR1', 1);
    expect(await machine.executor.find()).toMatchObject([{ interrupts: 1 }]);
    await machine.executor.signal(MAIN, 'USR2', 2);
    expect(await ended).toMatchObject({ exitCode: 3 });
    expect(machine.lines()).toEqual(['ready', 'usr1']);
    await machine.executor.signal(MAIN, 'USR1', 3);
  });

  it('is stopped by its own signal, and killed where it does not heed that', async () => {
    const machine = new Machine();
    const heeding = sh('trap "exit 4" INT; echo ready; while :; do sleep 0.02; done', {
      stop: { signal: 'INT' },
    });
    const first = await machine.start(planFor(base, heeding));
    await eventually(() => machine.lines().includes('ready'));
    await machine.executor.stop(MAIN);
    expect(await first.ended).toMatchObject({ exitCode: 4 });
    const deaf = sh('trap "" TERM; echo ready; while :; do sleep 1; done', { deadlines: { stopSeconds: 1 } });
    const second = { ...MAIN, attempt: 2 };
    const { ended } = await machine.start(
      planFor(base, deaf, { tasks: [task(MAIN.taskId, deaf, 2)] }),
      second,
    );
    await eventually(() => machine.lines(second).includes('ready'));
    await machine.executor.stop(second);
    expect(await ended).toMatchObject({ exitSignal: 'KILL' });
    await machine.executor.stop(second);
  });

  it.each([
    [['/bin/nope'], /exec: "\/bin\/nope": stat \/bin\/nope: no such file or directory/],
    [['/etc/not-a-program'], /exec: "\/etc\/not-a-program": stat/],
  ])('that is not there (%s) is refused in the words of runc, and leaves nothing', async (args, words) => {
    const machine = new Machine();
    const started = machine.start(planFor(base, { process: { args } }));
    await expect(started).rejects.toThrow(LaunchError);
    await expect(started).rejects.toThrow(words);
    expect([machine.attempts(), machine.mounts(), machine.containers()]).toEqual([[], [], []]);
    expect(await machine.executor.find()).toEqual([]);
  });

  it('whose program the kernel refuses did not start', async () => {
    const machine = new Machine();
    const bad = offer('image://library/bad', await archiveOf({ 'bin/bad': 'garbage\x01\x02' }));
    const plan = planFor(base, { process: { args: ['/bin/bad'] } }, { storage: [root(base, bad)] });
    await expect(machine.start(plan)).rejects.toThrow('exec /bin/bad: exec format error');
    expect(machine.attempts()).toEqual([]);
  });

  it('of a runtime that is not there is refused in words', async () => {
    const machine = new Machine({ runtime: 'no-such-runtime' });
    await expect(machine.start(planFor(base, sh('true')))).rejects.toThrow(/no-such-runtime.*not found/);
  });

  it('runs once, however often it is started', async () => {
    const machine = new Machine();
    const plan = planFor(base, sh('echo ran'));
    const started = await Promise.all([machine.start(plan), machine.start(plan)]);
    await Promise.all(started.map(({ ended }) => ended));
    await (await machine.start(plan)).ended;
    expect(machine.lines()).toEqual(['ran']);
  });

  it('is gone once it is forgotten, and not before it has ended', async () => {
    const machine = new Machine();
    const { ended } = await machine.start(
      planFor(base, sh('read line', { interaction: { openStdin: true } })),
    );
    await expect(machine.executor.forget(MAIN)).rejects.toThrow('still runs');
    expect(machine.containers()).toMatchObject([{ status: 'running' }]);
    await machine.executor.signal(MAIN, 'KILL', 1);
    await ended;
    await machine.executor.forget(MAIN);
    await machine.executor.forget(MAIN);
    expect([machine.attempts(), machine.mounts(), machine.containers()]).toEqual([[], [], []]);
  });

  it('is left out entirely where it is called off', async () => {
    const machine = new Machine();
    const controller = new AbortController();
    const started = machine.executor.start(MAIN, planFor(base, sh('echo ran; sleep 100')), {
      abort: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(started).rejects.toThrow(LaunchError);
    expect([machine.attempts(), machine.mounts(), machine.containers()]).toEqual([[], [], []]);
  });

  it('runs or is left out, at whatever moment it is called off', async () => {
    const machine = new Machine();
    await machine.run(planFor(base, sh('true')));
    await machine.executor.forget(MAIN);
    const outcomes: string[] = [];
    for (let wait = 0; wait < 160; wait += 10) {
      const abort = AbortSignal.timeout(wait);
      const plan = planFor(base, sh('sleep 100'));
      const outcome = await machine.executor.start(MAIN, plan, { abort }).then(
        () => 'runs',
        (error) => (error as Error).name,
      );
      outcomes.push(outcome);
      if (outcome === 'runs') {
        await machine.executor.signal(MAIN, 'KILL', 1);
        await (await machine.start(plan)).ended;
        await machine.executor.forget(MAIN);
      }
      expect([machine.attempts(), machine.mounts(), machine.containers()]).toEqual([[], [], []]);
    }
    expect(outcomes[0]).toBe('LaunchError');
    expect(new Set(outcomes.slice(1)).size).toBeLessThanOrEqual(2);
  });

  it('shares its container with further ones, as long as that runs', async () => {
    const machine = new Machine();
    const side = sh('cat /from-main; echo $0 $SIDE; exit 5', {
      process: { env: [{ name: 'SIDE', value: 'side' }] },
    });
    const tasks = [
      task(MAIN.taskId, sh('echo hello > /from-main; echo ready; sleep 100')),
      task(SIDE.taskId, side),
    ];
    const plan = planFor(base, {}, { tasks });
    await expect(machine.start(plan, SIDE)).rejects.toThrow('does not run');
    const main = await machine.start(plan);
    await eventually(() => machine.lines().includes('ready'));
    expect(await machine.run(plan, SIDE)).toEqual({
      exit: { exitCode: 5 },
      lines: ['hello', '/bin/sh side'],
    });
    await machine.executor.signal(MAIN, 'KILL', 1);
    await main.ended;
    await expect(machine.start(plan, { ...SIDE, attempt: 2 })).rejects.toThrow('does not run');
  });

  it('is asked how it is by its own command, in time', async () => {
    const machine = new Machine();
    const check = 'case $(cat /state) in well) exit 0;; slow) sleep 100;; *) exit 1;; esac';
    const spec = sh(
      'echo well > /state; trap "echo ill > /state; echo ill" USR1; trap "echo slow > /state; echo slow" USR2; echo ready; while :; do sleep 0.02; done',
      {
        healthCheck: { command: ['/bin/sh', '-c', check], timeoutSeconds: 1 },
      },
    );
    await machine.start(planFor(base, spec));
    await eventually(() => machine.lines().includes('ready'));
    expect(await machine.executor.check(MAIN)).toBe(true);
    await machine.executor.signal(MAIN, 'USR1', 1);
    await eventually(() => machine.lines().includes('ill'));
    expect(await machine.executor.check(MAIN)).toBe(false);
    await machine.executor.signal(MAIN, 'USR2', 2);
    await eventually(() => machine.lines().includes('slow'));
    expect(await machine.executor.check(MAIN)).toBe(false);
  });

  it('finds its secrets in its environment and in files; without a store it is not started', async () => {
    const secrets = [
      { name: 'TOKEN', valueFrom: 'jobs/token', target: 'env' as const },
      { name: 'key', valueFrom: 'jobs/key', target: 'file' as const },
    ];
    const plan = planFor(
      base,
      sh('echo $TOKEN | wc -c; wc -c < /run/secrets/key; id -u', {
        secrets,
        process: { user: { uid: 1000, gid: 1000 } },
      }),
    );
    await expect(new Machine().start(plan)).rejects.toThrow('no store of secrets');
    const machine = new Machine({ secretOf: async (name) => `the value of ${name}` });
    expect((await machine.run(plan)).lines).toEqual(['24', '21', '1000']);
    const { status } = spawnSync('grep', [
      '-r',
      'the value of',
      `${machine.directory}/attempts`,
      `${machine.directory}/executors`,
    ]);
    expect(status).toBe(1);
  });

  it('is one of fifty that run at once, each once, on one pull', async () => {
    const machine = new Machine();
    const before = fetches();
    const names = Array.from({ length: 50 }, (_, at) => ({
      ...MAIN,
      executorId: `executor://boxes/many-${at}`,
    }));
    const exits = await Promise.all(
      names.map(async (attempt) => {
        const plan = planFor(base, sh(`echo ran; echo x >> /count; cat /count`));
        return (await machine.run(plan, attempt)).exit;
      }),
    );
    expect(new Set(exits.map((exit) => JSON.stringify(exit)))).toEqual(new Set(['{"exitCode":0}']));
    for (const attempt of names) expect(machine.lines(attempt)).toEqual(['ran', 'x']);
    expect(fetches() - before).toBe(1);
    await Promise.all(names.map((attempt) => machine.executor.forget(attempt)));
    expect([machine.attempts(), machine.mounts(), machine.containers()]).toEqual([[], [], []]);
  });
});
