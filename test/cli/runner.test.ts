/** A bound task starts: a runner in its own process, a Docker engine, and the API and the command line around them. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { titled } from '../bundle.ts';
import { archiveOf, busyboxTree } from '../busybox.ts';
import { withoutDocker } from '../docker/dockerd.ts';
import { base64Of, digestOf, idOf, imageOf } from '../oci.ts';
import { PATIENCE } from '../patience.ts';
import { Stage, sh } from './runner.ts';

const without = withoutDocker();

describe.skipIf(without)(titled('a runner', without), () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open();
    await stage.startRunner('boxes', await stage.place('boxes'));
  });
  afterAll(() => stage?.close());

  /** Waits until a task has the expected state. */
  const comesTo = (executorId: string, taskId: string, run: object): Promise<void> =>
    vi.waitFor(async () => expect(await stage.task(executorId, taskId)).toMatchObject(run), PATIENCE);
  const started = async (name: string, ...specs: Parameters<Stage['furnish']>[1][]) => {
    const executorId = `executor://boxes/${name}`;
    const tasks = await stage.furnish(executorId, ...specs);
    await stage.bind(executorId);
    return { executorId, taskId: tasks[0] as string, tasks };
  };

  it('starts bound tasks, stores their output in the service, and reports their ends', async () => {
    const { executorId, taskId } = await started('greet', sh('echo hello; echo bye >&2; exit 7'));
    await comesTo(executorId, taskId, { state: 'exited', attempt: 1, exitCode: 7 });
    expect(await stage.lines(executorId, taskId)).toEqual(expect.arrayContaining(['hello']));
    expect(await stage.lines(executorId, taskId, '--stream', 'stdout')).toEqual(['hello']);
    const reports = await stage.reports(executorId, taskId);
    expect(reports).toMatchObject([{ state: 'running' }, { state: 'exited', exitCode: 7 }]);
    expect(reports[0]?.output?.stdout).toMatch(/^taskport:\/\/\/v1\/.*\/attempts\/1\/output\?stream=stdout$/);
  });

  it('runs a task without a specification as its image specifies', async () => {
    const script =
      'trap "echo quits; exit 3" QUIT; echo $GREETING $PWD $(id -u):$(id -g) $0; while :; do sleep 1000 & wait; done';
    const layer = gzipSync(await archiveOf(busyboxTree()));
    const image = imageOf([layer], {
      config: {
        config: {
          Entrypoint: ['/bin/sh', '-c', script],
          Cmd: ['serve'],
          Env: ['PATH=/bin', 'GREETING=hello'],
          WorkingDir: '/bin',
          User: '1000:50',
          StopSignal: 'SIGQUIT',
        },
      },
    });
    const { elements } = stage.taskport;
    await elements.create({
      id: `image://library/layer@${digestOf(layer)}`,
      checksum: digestOf(layer),
      data: { base64: base64Of(layer) },
    });
    const { id } = await elements.create({
      id: idOf(image, 'app', 'library'),
      oci: { manifest: base64Of(image.manifest), blobs: image.blobs.map(base64Of) },
    });
    const executorId = 'executor://boxes/image';
    const [taskId = ''] = await stage.furnishOn({ root: id }, executorId, {});
    await stage.bind(executorId);
    const lines = () => stage.lines(executorId, taskId);
    await vi.waitFor(async () => expect(await lines()).toEqual(['hello /bin 1000:50 serve']), PATIENCE);
    await stage.unbind(executorId);
    await comesTo(executorId, taskId, { state: 'exited', exitCode: 3 });
    expect(await lines()).toEqual(['hello /bin 1000:50 serve', 'quits']);
  });

  it('runs the health check of the image, unless the task disables it', async () => {
    const id = 'image://library/checked';
    const healthCheck = { command: ['/bin/false'], intervalSeconds: 1, retries: 1 };
    await stage.taskport.elements.create({ id, parentId: 'image://library/base', spec: { healthCheck } });
    const [checked, unchecked] = ['executor://boxes/checked', 'executor://boxes/unchecked'];
    const [ill = ''] = await stage.furnishOn({ root: id }, checked, sh('exec sleep 1000'));
    const [well = ''] = await stage.furnishOn(
      { root: id },
      unchecked,
      sh('sleep 3', { healthCheck: { command: [] } }),
    );
    for (const executorId of [checked, unchecked]) await stage.bind(executorId);
    await comesTo(checked, ill, { state: 'exited', unhealthy: true });
    await comesTo(unchecked, well, { state: 'exited', exitCode: 0 });
  });

  it('reports a failed start with the message of the runtime', async () => {
    const { executorId, taskId } = await started('missing', { process: { args: ['/bin/nope'] } });
    await comesTo(executorId, taskId, { state: 'failed', launchError: expect.stringContaining('/bin/nope') });
    expect((await stage.task(executorId, taskId))?.launchError).toContain('no such file or directory');
  });

  it('keeps files in the configured directory, and limits tasks by the rules of the machine’s owner', async () => {
    const state = await stage.place('walled', { capabilities: ['NET_ADMIN'] });
    const [logs, rules] = [join(state, 'elsewhere'), join(state, 'allow.json')];
    await writeFile(rules, '{}');
    await stage.startRunner('walled', state, '--logs', logs, '--allow', rules);
    const spec = sh('true', { process: { args: ['/bin/true'], capabilities: { add: ['CAP_NET_ADMIN'] } } });
    const [asking, plain] = ['executor://walled/asking', 'executor://walled/plain'];
    const [refused = ''] = await stage.furnish(asking, spec);
    const log = 'log://output/files';
    await stage.taskport.elements.create({ id: log, spec: { file: { path: 'walled.log' } } });
    const [taskId = ''] = await stage.furnishOn({ log }, plain, sh('echo hello'));
    for (const executorId of [asking, plain]) await stage.bind(executorId);
    await comesTo(asking, refused, {
      state: 'failed',
      launchError: expect.stringContaining('CAP_NET_ADMIN, which this runner does not let tasks have'),
    });
    await comesTo(plain, taskId, { state: 'exited', exitCode: 0 });
    const reports = await stage.reports(plain, taskId);
    expect(reports[0]?.output?.stdout).toBe(`file://${logs}/output/walled.log`);
    expect(await stage.lines(plain, taskId)).toEqual(['hello']);
  });

  it('reports an impossible composition with the reasons', async () => {
    const executorId = 'executor://boxes/unplanned';
    const [taskId = ''] = await stage.furnish(executorId, sh('true'));
    const { taskport } = stage;
    await taskport.elements.create({ id: 'volume://data/empty' });
    const { handle } = await taskport.compositions.open(executorId);
    const mount = { path: '/bin/busybox/data' };
    const joined = await taskport.compositions.join(handle, { id: 'volume://data/empty', mount });
    await taskport.compositions.bind(joined.handle);
    await comesTo(executorId, taskId, {
      state: 'failed',
      launchError: expect.stringContaining('`/bin/busybox`, which is a file'),
    });
  });

  it('stops unbound tasks, and kills those that do not stop in time', async () => {
    const stubborn = sh("trap '' TERM; echo ready; exec sleep 1000", {
      deadlines: { stopSeconds: 1 },
    });
    const { executorId, taskId } = await started('stubborn', stubborn);
    await vi.waitFor(async () => expect(await stage.lines(executorId, taskId)).toEqual(['ready']), PATIENCE);
    await stage.unbind(executorId);
    await comesTo(executorId, taskId, { state: 'exited', exitSignal: 'KILL' });
    const polite = sh('trap "echo leaving; exit 0" TERM; echo ready; while :; do sleep 1000 & wait; done');
    const other = await started('polite', polite);
    await vi.waitFor(
      async () => expect(await stage.lines(other.executorId, other.taskId)).toEqual(['ready']),
      PATIENCE,
    );
    await stage.unbind(other.executorId);
    await comesTo(other.executorId, other.taskId, { state: 'exited', exitCode: 0 });
    expect(await stage.lines(other.executorId, other.taskId)).toEqual(['ready', 'leaving']);
  });

  it('starts a task that is bound again during its stop, after the stop', async () => {
    const slow = sh('trap "sleep 1; exit 0" TERM; echo ready; while :; do sleep 1000 & wait; done');
    const { executorId, taskId } = await started('again', slow);
    await vi.waitFor(async () => expect(await stage.lines(executorId, taskId)).toEqual(['ready']), PATIENCE);
    await stage.unbind(executorId);
    await stage.bind(executorId);
    await comesTo(executorId, taskId, { state: 'running', attempt: 2 });
    // The task handles signals only after this line.
    await vi.waitFor(async () => expect(await stage.lines(executorId, taskId)).toEqual(['ready']), PATIENCE);
    await stage.unbind(executorId);
    await comesTo(executorId, taskId, { state: 'exited', attempt: 2, exitCode: 0 });
  });

  it('sends each signal once', async () => {
    const counting = sh(
      'trap "echo hup" HUP; trap "exit 0" USR1; echo ready; while :; do sleep 1000 & wait; done',
    );
    const { executorId, taskId } = await started('signalled', counting);
    const shows = (...lines: string[]): Promise<void> =>
      vi.waitFor(async () => expect(await stage.lines(executorId, taskId)).toEqual(lines), PATIENCE);
    await shows('ready');
    await stage.interrupt(executorId, taskId, 'HUP');
    await shows('ready', 'hup');
    await stage.interrupt(executorId, taskId, 'HUP');
    await shows('ready', 'hup', 'hup');
    await stage.interrupt(executorId, taskId, 'USR1');
    await comesTo(executorId, taskId, { state: 'exited', exitCode: 0 });
    expect(await stage.lines(executorId, taskId)).toEqual(['ready', 'hup', 'hup']);
  });

  it('restarts a task with a fresh root and the same volumes', async () => {
    const script =
      '[ -e /n ] && exit 9; n=$(cat /data/n 2>/dev/null || echo 0); n=$((n + 1)); echo $n | tee /n > /data/n; echo run $n; [ $n = 3 ]';
    const flaky = sh(script, { restart: { mode: 'on-failure', delaySeconds: 0 } });
    const executorId = 'executor://boxes/flaky';
    const [taskId = ''] = await stage.furnish(executorId, flaky);
    await stage.mount(executorId, 'volume://data/flaky', '/data');
    await stage.bind(executorId);
    await comesTo(executorId, taskId, { state: 'exited', attempt: 3, exitCode: 0 });
    expect(await stage.lines(executorId, taskId, '--attempt', '2')).toEqual(['run 2']);
    expect(await stage.lines(executorId, taskId)).toEqual(['run 3']);
  });

  it('stops an unhealthy task, and reports that', async () => {
    const ailing = sh('touch /well; sleep 0.5; rm /well; exec sleep 1000', {
      healthCheck: { command: ['/bin/test', '-e', '/well'], intervalSeconds: 1, retries: 2 },
      deadlines: { stopSeconds: 0 },
    });
    const { executorId, taskId } = await started('ailing', ailing);
    await comesTo(executorId, taskId, { state: 'exited', unhealthy: true });
  });

  it('stops a task at its deadline', async () => {
    const endless = sh('exec sleep 1000', { deadlines: { runSeconds: 1, stopSeconds: 0 } });
    const { executorId, taskId } = await started('endless', endless);
    await comesTo(executorId, taskId, { state: 'exited', halted: 'run-deadline' });
  });

  it('runs further tasks beside the first with shared namespaces, and ends them with it', async () => {
    const { executorId, tasks } = await started(
      'pair',
      sh('echo first > /dev/shm/shared; while [ ! -e /dev/shm/done ]; do sleep 0.1; done'),
      sh('while [ ! -e /dev/shm/shared ]; do sleep 0.1; done; cat /dev/shm/shared; exec sleep 1000'),
    );
    const [first = '', second = ''] = tasks;
    await vi.waitFor(async () => expect(await stage.lines(executorId, second)).toEqual(['first']), PATIENCE);
    const executor = await stage.taskport.compositions.open(executorId);
    await stage.taskport.elements.create({
      id: 'task://jobs/finish',
      spec: { process: { args: ['/bin/touch', '/dev/shm/done'] } },
    });
    const joined = await stage.taskport.compositions.join(executor.handle, { id: 'task://jobs/finish' });
    await stage.taskport.compositions.bind(joined.handle, 'task://jobs/finish');
    await comesTo(executorId, first, { state: 'exited', exitCode: 0 });
    await comesTo(executorId, second, { state: 'exited', exitSignal: 'KILL' });
    // It joined while others were bound, and left by itself.
    await vi.waitFor(
      async () => expect(await stage.task(executorId, 'task://jobs/finish')).toBeUndefined(),
      PATIENCE,
    );
  });

  it('runs each of ten tasks that are bound at once, once', async () => {
    const names = Array.from({ length: 10 }, (_, at) => `many-${at}`);
    const tasks = new Map<string, string>();
    const lanes = Array.from({ length: 5 }, async (_, lane) => {
      for (const name of names.filter((__, at) => at % 5 === lane)) {
        const executorId = `executor://boxes/${name}`;
        const [taskId = ''] = await stage.furnish(executorId, sh(`echo ${name}`));
        tasks.set(executorId, taskId);
      }
    });
    await Promise.all(lanes);
    await Promise.all([...tasks.keys()].map((executorId) => stage.bind(executorId)));
    for (const [executorId, taskId] of tasks) {
      await comesTo(executorId, taskId, { state: 'exited', attempt: 1, exitCode: 0 });
      expect(await stage.lines(executorId, taskId)).toEqual([executorId.split('/').at(-1)]);
    }
  });

  it('may be killed: tasks run on, and the next runner takes over running, ended and requested ones', async () => {
    const state = await stage.place('killed');
    const runner = await stage.startRunner('killed', state);
    const start = async (name: string, script: string) => {
      const executorId = `executor://killed/${name}`;
      const [taskId = ''] = await stage.furnish(executorId, sh(script, { deadlines: { stopSeconds: 0 } }));
      return { executorId, taskId };
    };
    const lasting = await start(
      'lasting',
      'n=0; while [ ! -e /end ]; do n=$((n + 1)); echo $n; sleep 0.1; done',
    );
    const brief = await start('brief', 'echo begun; sleep 1; echo over; exit 5');
    const later = await start('later', 'echo later');
    for (const { executorId } of [lasting, brief]) await stage.bind(executorId);
    await comesTo(lasting.executorId, lasting.taskId, { state: 'running' });
    // On a busy machine it may already have ended.
    await comesTo(brief.executorId, brief.taskId, { state: expect.stringMatching(/^(running|exited)$/) });
    runner.child.kill('SIGKILL');
    await stage.bind(later.executorId);
    await sleep(1_500);
    await stage.startRunner('killed', state);
    await comesTo(brief.executorId, brief.taskId, { state: 'exited', attempt: 1, exitCode: 5 });
    await comesTo(later.executorId, later.taskId, { state: 'exited', attempt: 1, exitCode: 0 });
    expect(await stage.lines(brief.executorId, brief.taskId)).toEqual(['begun', 'over']);
    await comesTo(lasting.executorId, lasting.taskId, { state: 'running', attempt: 1 });
    const lines = async () => (await stage.lines(lasting.executorId, lasting.taskId)).length;
    await expect.poll(lines, PATIENCE).toBeGreaterThan(15);
    await stage.unbind(lasting.executorId);
    await comesTo(lasting.executorId, lasting.taskId, { state: 'exited', attempt: 1 });
    const numbers = (await stage.lines(lasting.executorId, lasting.taskId)).map(Number);
    // Every line is stored, even those written while no runner lived.
    expect([...new Set(numbers)]).toEqual(Array.from({ length: numbers.at(-1) ?? 0 }, (_, at) => at + 1));
  });

  it('ends a task with its own process, in spite of orphaned processes', async () => {
    const { executorId, taskId } = await started('behind', sh('sleep 1000 & echo begun; exit 3'));
    await comesTo(executorId, taskId, { state: 'exited', attempt: 1, exitCode: 3 });
    expect(await stage.lines(executorId, taskId)).toEqual(['begun']);
  });

  it('drops writes to a volume that was deleted while no runner ran, and no others', async () => {
    const state = await stage.place('volumes');
    const runner = await stage.startRunner('volumes', state);
    const { elements, compositions } = stage.taskport;
    const instances = () => stage.volumesOf('data');
    const [going, staying] = ['volume://data/going', 'volume://data/staying'];
    const executorId = 'executor://volumes/writer';
    const [taskId = ''] = await stage.furnish(executorId, sh('date > /going/date; date > /staying/date'));
    await stage.mount(executorId, going, '/going');
    await stage.mount(executorId, staying, '/staying');
    await stage.bind(executorId);
    await comesTo(executorId, taskId, { state: 'exited', exitCode: 0 });
    expect(instances()).toEqual(expect.arrayContaining([going, staying]));
    await stage.unbind(executorId, taskId);
    await stage.unbind(executorId, going);
    await vi.waitFor(() => expect(runner.said()).toContain(`${going} of ${executorId} is saved\n`), PATIENCE);
    await runner.stop();
    const { handle } = await compositions.open(executorId);
    await compositions.leave(handle, going);
    await elements.delete(going);
    await stage.startRunner('volumes', state);
    await vi.waitFor(() => expect(instances()).not.toContain(going), PATIENCE);
    expect(instances()).toContain(staying);
  });

  it('is the only runner of its location on an engine', async () => {
    await stage.startRunner('alone', await stage.place('alone'));
    const other = stage.startRunner('alone', await stage.place('alone'));
    await expect(other).rejects.toThrow('has a runner already');
  });

  it('reports files that earlier versions left in its state directory, and keeps them', async () => {
    const state = await stage.place('former');
    for (const name of ['layers', 'runc', 'output']) await mkdir(join(state, name));
    const runner = await stage.startRunner('former', state);
    expect(runner.said()).toContain(`${state} has layers, runc of an earlier version`);
    expect(await readdir(state)).toEqual(expect.arrayContaining(['layers', 'runc', 'output']));
  });
});
