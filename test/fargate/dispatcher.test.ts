/** A bound task runs as an ECS task, for any number of wake-ups of the dispatcher: the real service, and real containers by MiniStack. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ListTaskDefinitionsCommand,
  ListTasksCommand,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { Taskport } from '../../client/taskport.ts';
import { handlerOf } from '../../functions/dispatch/handler.ts';
import { Service } from '../../functions/dispatch/service.ts';
import { createDynamoClient } from '../../lib/adapters/dynamodb/engine/client.ts';
import { Table } from '../../lib/adapters/dynamodb/engine/table.ts';
import { LaunchTable } from '../../lib/adapters/dynamodb/launch-table.ts';
import { Dispatcher, type DispatcherOptions } from '../../lib/execution/dispatcher.ts';
import type { Launch } from '../../lib/execution/launch.ts';
import type { KeptLaunch } from '../../lib/execution/launch-store.ts';
import { EngineBusy, type Launcher } from '../../lib/execution/launcher.ts';
import { stopStrays } from '../../lib/execution/strays.ts';
import { titled } from '../bundle.ts';
import { runAgainst } from '../cli/command-line.ts';
import { without } from '../cloud/ministack.ts';
import { Composer, openStage, reportsPath, type Stage } from '../composing.ts';
import { withoutDocker } from '../docker/dockerd.ts';
import { bodyOf, expectInvalid, expectProblem, makeLocations, pathOf } from '../functions/api/support.ts';
import { PATIENCE } from '../patience.ts';
import { IMAGE, type Machine, openMachine } from './machine.ts';

const reason = withoutDocker() ?? without('ministack');
const MIB = 2 ** 20;
const resources = { memory: { limit: 512 * MIB }, cpu: { quota: 25_000 } };
const sh = (script: string, more: object = {}) => ({
  process: { args: ['/bin/sh', '-c', script] },
  resources,
  ...more,
});

describe.skipIf(reason)(titled('tasks on Fargate', reason), () => {
  let machine: Machine;
  let stage: Stage;
  let launches: LaunchTable;
  let client: Taskport;
  beforeAll(async () => {
    [machine, stage] = [await openMachine(inject('dockerHost')), await openStage()];
    await makeLocations(stage, { name: 'cloud', kind: 'executor', engine: 'fargate' });
    Object.assign(stage.dependencies, { engineLogs: machine.engineLogs });
    client = new Taskport({ url: stage.url });
    launches = new LaunchTable(new Table(createDynamoClient(), stage.table));
  });
  afterAll(async () => {
    await machine?.close();
    await stage?.stop();
  });

  const dispatcherWith = (more: Partial<DispatcherOptions> = {}): Dispatcher =>
    new Dispatcher({
      control: new Service(stage.dependencies),
      launcher: machine.launcher,
      launches,
      now: Date.now,
      newToken: randomUUID,
      ...more,
    });
  /** The launcher, with some methods replaced. */
  const butFor = (more: Partial<Launcher>): Launcher => ({
    prepare: (...args) => machine.launcher.prepare(...args),
    forget: (...args) => machine.launcher.forget(...args),
    run: (...args) => machine.launcher.run(...args),
    find: (...args) => machine.launcher.find(...args),
    look: (...args) => machine.launcher.look(...args),
    running: (...args) => machine.launcher.running(...args),
    outputOf: (...args) => machine.launcher.outputOf(...args),
    stop: (...args) => machine.launcher.stop(...args),
    ...more,
  });
  /** An executor with bound tasks. */
  const bound = (...specs: readonly object[]) => boundOn(IMAGE, ...specs);
  const boundOn = async (
    image: string,
    ...specs: readonly object[]
  ): Promise<Composer & { readonly taskIds: string[] }> => {
    const root = await stage.make('image', { metadata: { ro: { 'registry/image': image } } });
    const executorId = await stage.make('executor', { spec: specs.length > 1 ? { resources } : {} }, 'cloud');
    const composer = await new Composer(stage.post, executorId).open();
    await composer.mount(root, '/');
    const taskIds: string[] = [];
    for (const spec of specs) {
      taskIds.push(await stage.make('task', { spec }));
      await composer.join(taskIds.at(-1) as string);
    }
    await composer.bind();
    return Object.assign(composer, { taskIds });
  };
  const taskOf = async (executorId: string, taskId: string) => {
    const { body } = await stage.call('GET', pathOf(executorId));
    return body.composition.members.find(({ id }: { id: string }) => id === taskId).task;
  };
  /** Looks repeatedly until a task has the expected state. */
  const until = async (dispatcher: Dispatcher, executorId: string, taskId: string, expected: object) =>
    vi.waitFor(async () => {
      await dispatcher.look(executorId);
      expect(await taskOf(executorId, taskId)).toMatchObject(expected);
    }, PATIENCE);
  const tasksOfEcs = async (executorId: string) => {
    const arns: string[] = [];
    for (const desiredStatus of ['RUNNING', 'STOPPED'] as const)
      arns.push(
        ...((await machine.client.send(new ListTasksCommand({ cluster: 'tasks', desiredStatus }))).taskArns ??
          []),
      );
    const described = await machine.client.send(
      new DescribeTasksCommand({ cluster: 'tasks', tasks: arns, include: ['TAGS'] }),
    );
    return (described.tasks ?? []).filter(({ tags }) => tags?.some(({ value }) => value === executorId));
  };

  it('a bound task runs once, and its exit code is reported', async () => {
    const { executorId, taskIds } = await bound(sh('exit 7'));
    const [taskId = ''] = taskIds;
    await until(dispatcherWith(), executorId, taskId, { state: 'exited', exitCode: 7, reason: 'failed' });
    expect(await dispatcherWith().look(executorId)).toEqual([]);
    expect(await tasksOfEcs(executorId)).toHaveLength(1);
    expect(await launches.open()).not.toContain(executorId);
  });

  it('functions that wake concurrently and repeatedly start it once', async () => {
    const { executorId, taskIds } = await bound(sh('sleep 600'));
    const [taskId = ''] = taskIds;
    // MiniStack starts another task for the same token, unlike ECS, so only one of them may make the request.
    const asked = new Map<string, Promise<Awaited<ReturnType<Launcher['run']>>>>();
    const launcher = butFor({
      run: (launch) => {
        const answer = asked.get(launch.token) ?? machine.launcher.run(launch);
        asked.set(launch.token, answer);
        return answer;
      },
    });
    // Each is a process without the registrations that another has cached.
    const process = () => {
      const own = machine.launcherWith({});
      return dispatcherWith({
        launcher: { ...launcher, prepare: (one) => own.prepare(one), forget: (one) => own.forget(one) },
      });
    };
    await Promise.all(Array.from({ length: 4 }, () => process().look(executorId)));
    expect(asked.size).toBe(1);
    // The late ones have deregistered their definitions.
    const { definition = '' } = (await launches.get(executorId))?.launch ?? {};
    const [familyPrefix] = definition.slice(definition.lastIndexOf('/') + 1).split(':');
    const registered = await machine.client.send(
      new ListTaskDefinitionsCommand({ familyPrefix, status: 'ACTIVE' }),
    );
    expect(registered.taskDefinitionArns).toEqual([definition]);
    await until(dispatcherWith({ launcher }), executorId, taskId, { state: 'running', attempt: 1 });
    expect(await tasksOfEcs(executorId)).toHaveLength(1);
    expect(await launches.open()).toContain(executorId);
  });

  it('an unbound task stops, and the reconciliation alone reports that', async () => {
    const composer = await bound(sh('sleep 600'));
    const [taskId = ''] = composer.taskIds;
    const dispatcher = dispatcherWith();
    await until(dispatcher, composer.executorId, taskId, { state: 'running' });
    await composer.unbind(taskId);
    await vi.waitFor(async () => {
      await dispatcher.reconcile();
      expect(await launches.open()).not.toContain(composer.executorId);
    }, PATIENCE);
    expect(await taskOf(composer.executorId, taskId)).toMatchObject({ state: 'exited', reason: 'stopped' });
  });

  it('a task whose start had no answer is found by its token', async () => {
    const { executorId, taskIds } = await bound(sh('exit 0'));
    const [taskId = ''] = taskIds;
    const lost = butFor({
      run: async (launch) => {
        await machine.launcher.run(launch);
        throw new Error('the answer is lost');
      },
    });
    await expect(dispatcherWith({ launcher: lost }).look(executorId)).rejects.toThrow('the answer is lost');
    await until(dispatcherWith(), executorId, taskId, { state: 'exited', exitCode: 0, reason: 'completed' });
    expect(await tasksOfEcs(executorId)).toHaveLength(1);
  });

  it('a task that was unbound meanwhile, and never reached ECS, is given up once that is certain', async () => {
    const composer = await bound(sh('exit 0'));
    const [taskId = ''] = composer.taskIds;
    const unheard = butFor({ run: () => Promise.reject(new Error('nobody hears')) });
    await expect(dispatcherWith({ launcher: unheard }).look(composer.executorId)).rejects.toThrow(
      'nobody hears',
    );
    await composer.unbind(taskId);
    expect(await dispatcherWith().look(composer.executorId)).toEqual([]);
    const later = dispatcherWith({ now: () => Date.now() + 11 * 60_000 });
    expect(await later.look(composer.executorId)).toEqual(['lost', 'over']);
    expect(await tasksOfEcs(composer.executorId)).toEqual([]);
  });

  it('a missing program is a launch error, with the words of ECS', async () => {
    const { executorId, taskIds } = await bound({ process: { args: ['/bin/missing'] }, resources });
    await until(dispatcherWith(), executorId, taskIds[0] as string, {
      state: 'failed',
      reason: 'launch-error',
      launchError: expect.stringContaining('no such file or directory'),
    });
  });

  it('an impossible composition is a launch error, with every reason', async () => {
    const { executorId, taskIds } = await bound(sh('exit 0', { tmpfs: [{ path: '/run' }], resources: {} }));
    expect(await dispatcherWith().look(executorId)).toEqual(['refused']);
    const { launchError } = await taskOf(executorId, taskIds[0] as string);
    expect(launchError).toContain('tmpfs');
    expect(launchError).toContain('cpu.quota');
    expect(launchError).toContain('memory.limit');
    expect(await tasksOfEcs(executorId)).toEqual([]);
  });

  it('a lack of capacity causes a new request with another token, and a wrong request a failure', async () => {
    const { executorId, taskIds } = await bound(sh('exit 0'));
    const tokens: string[] = [];
    const full = butFor({
      run: async ({ token }) => {
        tokens.push(token);
        return { refused: 'RESOURCE:ENI' };
      },
    });
    for (let time = 0; time < 2; time += 1)
      expect(await dispatcherWith({ launcher: full }).look(executorId)).toContain('no room: RESOURCE:ENI');
    expect(new Set(tokens).size).toBe(2);
    const waits = async (waitsFor: string) =>
      expect(await taskOf(executorId, taskIds[0] as string)).toMatchObject({ state: 'bound', waitsFor });
    await waits('capacity (RESOURCE:ENI)');
    const busy = butFor({ run: () => Promise.reject(new EngineBusy('Rate exceeded')) });
    await expect(dispatcherWith({ launcher: busy }).look(executorId)).rejects.toThrow('Rate exceeded');
    await waits('the engine, which takes no more requests now (Rate exceeded)');
    const pending = butFor({
      look: async (_, [task]) => ({
        isThere: true,
        tasks: new Map([[task?.container ?? '', { state: 'pending', waitsFor: 'its image' }]]),
      }),
    });
    await dispatcherWith({ launcher: pending }).look(executorId);
    await waits('the engine, which takes no more requests now (Rate exceeded)');
    await dispatcherWith({ launcher: pending, now: () => Date.now() + 15_000 }).look(executorId);
    await waits('its image');
    const { body } = await stage.call('GET', '/v1/runs?executorLocation=cloud&state=bound');
    expect(body.items).toContainEqual(expect.objectContaining({ executorId, waitsFor: 'its image' }));
    await until(dispatcherWith(), executorId, taskIds[0] as string, { state: 'exited', exitCode: 0 });
    expect(await taskOf(executorId, taskIds[0] as string)).not.toHaveProperty('waitsFor');

    const other = await bound(sh('exit 0'));
    const wrong = butFor({ run: async () => ({ failed: 'role may not be passed' }) });
    expect(await dispatcherWith({ launcher: wrong }).look(other.executorId)).toEqual(['failed', 'over']);
    expect(await taskOf(other.executorId, other.taskIds[0] as string)).toMatchObject({
      reason: 'launch-error',
      launchError: 'role may not be passed',
    });
  });

  it('an event wakes it for the executor of its task, at any time, and a foreign task is ignored', async () => {
    const composer = await bound(sh('exit 3'));
    const [taskId = ''] = composer.taskIds;
    const { known } = stage.dependencies;
    const handle = handlerOf({
      engine: async () => ({ dispatcher: dispatcherWith(), stopStrays: async () => [] }),
      launches,
      known,
    });
    const event = (token: string, lastStatus: string, more: object = {}) => ({
      source: 'aws.ecs',
      'detail-type': 'ECS Task State Change',
      detail: { startedBy: token, lastStatus, ...more },
    });
    await handle({
      source: 'taskport',
      'detail-type': 'Task Bound',
      detail: { composition: { executorId: composer.executorId } },
    });
    const first = (await launches.get(composer.executorId))?.launch.token as string;
    // The event says that the task stopped, but the dispatcher asks for the task itself.
    await handle(event(first, 'STOPPED', { stopCode: 'TaskFailedToStart', stoppedReason: 'long ago' }));
    await vi.waitFor(async () => {
      await handle(event(first, 'RUNNING'));
      expect(await taskOf(composer.executorId, taskId)).toMatchObject({ state: 'exited', exitCode: 3 });
    }, PATIENCE);
    for (const status of ['STOPPED', 'STOPPED', 'RUNNING', 'PENDING'])
      expect((await handle(event(first, status))).looked).toEqual([composer.executorId]);
    await composer.unbind(taskId);
    await composer.bind(taskId);
    // A late event of the first attempt starts the second, and reports no end of it.
    await handle(event(first, 'STOPPED'));
    await until(dispatcherWith(), composer.executorId, taskId, { attempt: 2, state: 'exited', exitCode: 3 });
    const { body } = await stage.call('GET', reportsPath(composer.executorId, taskId));
    const ends = body.items.filter(({ state }: { state: string }) => state === 'exited');
    expect(ends.map(({ attempt }: { attempt: number }) => attempt).toSorted()).toEqual([1, 2]);
    for (const token of ['ecs-svc/1234567890123456789', '', randomUUID()])
      expect((await handle(event(token, 'STOPPED'))).looked).toEqual([]);
    expect(
      (await handle({ source: 'aws.ecs', 'detail-type': 'ECS Task State Change', detail: {} })).looked,
    ).toEqual([]);
  });

  it('the next attempt is another ECS task', async () => {
    const composer = await bound(sh('exit 3'));
    const [taskId = ''] = composer.taskIds;
    await until(dispatcherWith(), composer.executorId, taskId, { state: 'exited', attempt: 1 });
    await composer.unbind(taskId);
    await composer.bind(taskId);
    await until(dispatcherWith(), composer.executorId, taskId, { state: 'exited', attempt: 2, exitCode: 3 });
    expect(await tasksOfEcs(composer.executorId)).toHaveLength(2);
  });

  it('tasks that are bound together are one ECS task, and a later one is refused with the reason', async () => {
    const side = { process: { args: ['/bin/sh', '-c', 'exit 4'] } };
    const composer = await bound({ process: { args: ['/bin/sleep', '600'] } }, side);
    const [first = '', second = ''] = composer.taskIds;
    await until(dispatcherWith(), composer.executorId, second, { state: 'exited', exitCode: 4 });
    await until(dispatcherWith(), composer.executorId, first, { state: 'running' });
    const late = await stage.make('task', { spec: side });
    await composer.join(late);
    await composer.bind(late);
    await dispatcherWith().look(composer.executorId);
    const { body } = await stage.call('GET', reportsPath(composer.executorId, late));
    expect(body.items).toEqual([
      expect.objectContaining({ state: 'failed', launchError: expect.stringContaining('bind all at once') }),
    ]);
    expect(await tasksOfEcs(composer.executorId)).toHaveLength(1);
  });

  it('a former definition is deregistered after another one has run, never while in use, and registered again if missing', async () => {
    const composer = await bound(sh('exit 3'));
    const { executorId } = composer;
    const given: string[] = [];
    const launcher = butFor({
      forget: async (definition) => {
        const { launch } = (await launches.get(executorId)) as KeptLaunch;
        expect(launch.isOver || launch.definition !== definition).toBe(true);
        given.push(definition);
        await machine.launcher.forget(definition);
      },
    });
    const ends = (taskId: string, attempt: number, exitCode: number) =>
      until(dispatcherWith({ launcher }), executorId, taskId, { state: 'exited', attempt, exitCode });
    const definition = async () => (await launches.get(executorId))?.launch.definition as string;
    const statusOf = async (taskDefinition: string) =>
      (await machine.client.send(new DescribeTaskDefinitionCommand({ taskDefinition }))).taskDefinition
        ?.status;
    const [first = ''] = composer.taskIds;
    await ends(first, 1, 3);
    const former = await definition();
    await composer.unbind(first);
    await composer.leave(first);
    const second = await stage.make('task', { spec: sh('exit 4') });
    await composer.join(second);
    await composer.bind(second);
    await ends(second, 1, 4);
    const latter = await definition();
    expect([await statusOf(former), await statusOf(latter)]).toEqual(['INACTIVE', 'ACTIVE']);
    await composer.unbind(second);
    await composer.bind(second);
    // Somebody deletes it while a process has it cached. MiniStack runs deregistered definitions, unlike ECS.
    const behind = butFor({
      run: async (launch) => {
        await machine.launcher.forget(launch.definition);
        return machine.launcher.run({ ...launch, definition: `${launch.definition}999` });
      },
    });
    expect(await dispatcherWith({ launcher: behind }).look(executorId)).toContain('unprepared');
    await ends(second, 2, 4);
    expect(await definition()).not.toBe(latter);
    expect(await statusOf(await definition())).toBe('ACTIVE');
    await bodyOf(stage.call('DELETE', `/v1/compositions/${composer.handle}?executor=delete`), 204);
    await vi.waitFor(async () => {
      await dispatcherWith({ launcher }).look(executorId);
      expect(await statusOf(await definition())).toBe('INACTIVE');
    }, PATIENCE);
    const times = given.length;
    expect(await dispatcherWith({ launcher }).look(executorId)).toEqual([]);
    expect(given).toHaveLength(times);
  });

  it('a running ECS task without a launch is stopped, and no others', async () => {
    const { executorId, taskIds } = await bound(sh('sleep 600'));
    const [taskId = ''] = taskIds;
    await until(dispatcherWith(), executorId, taskId, { state: 'running' });
    const { launch } = (await launches.get(executorId)) as KeptLaunch;
    const unknown = { ...launch, executorId: 'executor://executor/unknown', token: randomUUID() };
    const former = { ...launch, token: randomUUID() };
    const ofOthers = { ...launch, token: randomUUID() };
    const stray = async (one: Launch, launcher = machine.launcher) =>
      ((await launcher.run(one)) as { engineTask: string }).engineTask;
    const strays = [await stray(unknown), await stray(former)];
    const foreign = await stray(ofOthers, machine.launcherWith({ deployment: 'another' }));
    expect((await stopStrays({ launcher: machine.launcher, launches })).toSorted()).toEqual(
      strays.toSorted(),
    );
    await vi.waitFor(async () => {
      const running = (await machine.launcher.running()).map(({ engineTask }) => engineTask);
      expect(running.filter((one) => strays.includes(one))).toEqual([]);
      expect(running).toContain(launch.engineTask);
    }, PATIENCE);
    expect(
      (await machine.launcher.look(foreign, launch.tasks)).tasks.get(launch.tasks[0]?.container ?? ''),
    ).not.toMatchObject({ state: 'ended' });
    await machine.launcher.stop(foreign, 'the test is over');
  });

  it('signals and sessions are refused with an explanation', async () => {
    const composer = await bound(sh('sleep 600'));
    const { executorId, taskIds } = composer;
    const [id = ''] = taskIds;
    await until(dispatcherWith(), executorId, id, { state: 'running' });
    const refused = async (verb: string, body: object) => {
      const answer = await stage.post(`/v1/compositions/${composer.handle}/${verb}`, { id, ...body });
      expectProblem(answer, 422, 'unsupported-by-target');
      return answer.body.reasons as { path: string; message: string }[];
    };
    expect(await refused('interrupt', { signal: 'HUP' })).toEqual([
      { path: 'signal', message: expect.stringContaining('unbind') },
    ]);
    expect(await refused('sessions', { kind: 'attach' })).toEqual([
      { path: 'kind', message: expect.stringContaining('taskport logs --follow') },
    ]);
    expect(await refused('sessions', { kind: 'exec', args: ['ls'] })).toEqual([
      { path: 'kind', message: expect.stringContaining('exec: true') },
    ]);
  });

  it('`taskport exec` opens a session by the AWS CLI if that is installed, and otherwise explains how', async () => {
    const { executorId, taskIds } = await bound(sh('sleep 600'));
    const open = machine.launcherWith({ exec: true });
    const launcher = butFor({ prepare: (one) => open.prepare(one), run: (one) => open.run(one) });
    await until(dispatcherWith({ launcher }), executorId, taskIds[0] as string, { state: 'running' });
    const { engineTask = '', tasks } = (await launches.get(executorId))?.launch ?? {};
    const [task = '', container = ''] = [engineTask.split('/').at(-1), tasks?.[0]?.container];
    // A stand-in for the AWS CLI records its arguments, and runs its command in a shell, like ECS.
    const path = mkdtempSync(join(tmpdir(), 'taskport-aws-'));
    const place = (name: string, script: string) =>
      writeFileSync(join(path, name), `#!/bin/sh\n${script}`, { mode: 0o755 });
    const exec = () =>
      runAgainst(stage.url)(['exec', executorId, '--', 'ls', "it's"], { env: { PATH: path } });
    const words = `ecs execute-command --region eu-central-1 --cluster tasks --task ${task} --container ${container} --interactive --command`;
    try {
      place(
        'aws',
        `exec >${path}/said; while [ $# -gt 1 ]; do echo "$1"; shift; done; eval "set -- $1"; printf '%s|' "$@"; exit 3`,
      );
      const lacking = await exec();
      expect(lacking.code).toBe(1);
      expect(lacking.err).toContain('install its Session Manager plugin');
      expect(lacking.err).toContain(`aws ${words}`);
      place('session-manager-plugin', '');
      expect(await exec()).toMatchObject({ code: 3, err: '' });
      expect(readFileSync(join(path, 'said'), 'utf8')).toBe(`${words.split(' ').join('\n')}\nls|it's|`);
      place('aws', 'kill -TERM $$');
      expect(await exec()).toMatchObject({ code: 143, err: '' });
    } finally {
      rmSync(path, { recursive: true });
    }
  });

  it('a missing image is a launch error', async () => {
    const { executorId, taskIds } = await boundOn('registry.invalid/library/none:1', sh('exit 0'));
    await until(dispatcherWith(), executorId, taskIds[0] as string, {
      ...{ state: 'failed', reason: 'launch-error' },
      launchError: expect.stringMatching(/pull/i),
    });
  });

  it('a task that ECS has forgotten is lost', async () => {
    const { executorId, taskIds } = await bound(sh('sleep 600'));
    const engineTask = `arn:aws:ecs:eu-central-1:000000000000:task/tasks/${randomUUID().replaceAll('-', '')}`;
    const forgotten = butFor({ run: async () => ({ engineTask }) });
    expect(await dispatcherWith({ launcher: forgotten }).look(executorId)).toEqual(['launched', 'over']);
    expect(await taskOf(executorId, taskIds[0] as string)).toMatchObject({
      ...{ state: 'failed', reason: 'lost', lost: 'the engine no longer has a record of the task' },
    });
  });

  it('the service reads the output of a task, both streams in one, while it runs and afterwards', async () => {
    const last = "printf 'third\\n\\n'; echo 'the end'; exit 0";
    const composer = await bound(
      sh(`trap "${last}" TERM; echo first; echo second >&2; while :; do sleep 0.1; done`),
    );
    const { executorId, taskIds } = composer;
    const [taskId = ''] = taskIds;
    await until(dispatcherWith(), executorId, taskId, { state: 'running' });
    const path = reportsPath(executorId, taskId).replace('/reports', '/attempts/1/output');
    const { output } = await taskOf(executorId, taskId);
    expect(output).toEqual({ stdout: `taskport://${path}?stream=stdout` });
    const lines = async (query: object = {}): Promise<string[]> => {
      const texts: string[] = [];
      const attempt = { executorId, taskId, attempt: 1 };
      for await (const { text } of client.outputs.lines(attempt, 'stdout', query)) texts.push(text);
      return texts;
    };
    const page = (query: string) => bodyOf(stage.call('GET', `${path}?${query}`), 200);
    // The order of two streams that are written at once is undefined.
    const both = ['first', 'second'];
    await vi.waitFor(async () => expect((await lines()).toSorted()).toEqual(both), PATIENCE);
    const { after, ended } = await page('stream=stdout');
    expect(ended).toBeUndefined();

    await composer.unbind(taskId);
    await until(dispatcherWith(), executorId, taskId, { state: 'exited', exitCode: 0, output });
    const rest = ['third', '', 'the end'];
    await vi.waitFor(async () => expect(await lines({ after })).toEqual(rest), PATIENCE);
    expect(await lines({ tail: 1 })).toEqual(['the end']);
    // For a moment after the end, the log may be incomplete.
    expect((await page('tail=1')).ended).toBeUndefined();
    Object.assign(stage.dependencies, { now: () => Date.now() + 60_000 });
    const all = await lines({ follow: true });
    expect([...all.slice(0, 2).toSorted(), ...all.slice(2)]).toEqual([...both, ...rest]);
    Object.assign(stage.dependencies, { now: Date.now });
    expect((await page('stream=stderr')).items).toEqual([]);
    const [query, place] = JSON.parse(Buffer.from(after, 'base64url').toString());
    const forged = Buffer.from(JSON.stringify([query, place.replace('f/', 'f/none')])).toString('base64url');
    expectInvalid(await stage.call('GET', `${path}?stream=stdout&after=${forged}`), '?after');
  });
});
