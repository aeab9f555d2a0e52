/** The launcher's requests to ECS, and its interpretation of the answers. */
import { randomUUID } from 'node:crypto';
import { DeregisterTaskDefinitionCommand, DescribeTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { compose } from '../../lib/composition/plan/composed-container.ts';
import type { PlanInput } from '../../lib/composition/plan/plan-input.ts';
import { LaunchError } from '../../lib/execution/engine.ts';
import type { Launch } from '../../lib/execution/launch.ts';
import { EngineBusy } from '../../lib/execution/launcher.ts';
import { titled } from '../bundle.ts';
import { without } from '../cloud/ministack.ts';
import { withoutDocker } from '../docker/dockerd.ts';
import type { ServiceError } from '../faults/fault.ts';
import { type FaultProxy, operation, startFaultProxy } from '../faults/proxy.ts';
import { inputOf, MAIN, MIB, ROOT_IMAGE, storage, task } from '../lib/composition/plan/some-input.ts';
import { PATIENCE } from '../patience.ts';
import { IMAGE, type Machine, openMachine } from './machine.ts';

const reason = withoutDocker() ?? without('ministack');
const root = storage(ROOT_IMAGE, '/', [{ id: ROOT_IMAGE, ro: { 'registry/image': IMAGE } }]);
const resources = { memory: { limit: 512 * MIB }, cpu: { quota: 25_000 } };

const containerOf = (args: string[], parts: Partial<PlanInput> = {}) =>
  compose(inputOf({ storage: [root], tasks: [task(MAIN, { process: { args }, resources })], ...parts }));

describe.skipIf(reason)(titled('the launcher on ECS', reason), () => {
  let machine: Machine;
  let proxy: FaultProxy;
  beforeAll(async () => {
    machine = await openMachine(inject('dockerHost'));
    proxy = await startFaultProxy(machine.url);
  });
  afterEach(() => proxy.clear());
  afterAll(async () => {
    await proxy?.stop();
    await machine?.close();
  });

  const launchOf = async (args: string[]): Promise<Launch> => {
    const at = new Date().toISOString();
    const prepared = await machine.launcher.prepare(containerOf(args));
    const executorId = 'executor://boxes/box-1';
    return { ...prepared, executorId, since: at, token: randomUUID(), askedAt: at, firstAskedAt: at };
  };

  it('registers equal contents once, in any process, and again after they were deregistered', async () => {
    const { definition } = await machine.launcher.prepare(containerOf(['/bin/true']));
    const another = machine.launcherWith({});
    expect((await another.prepare(containerOf(['/bin/true']))).definition).toBe(definition);
    expect((await another.prepare(containerOf(['/bin/false']))).definition).not.toBe(definition);
    const asOther = machine.launcherWith({ executionRole: 'arn:aws:iam::000000000000:role/another' });
    expect((await asOther.prepare(containerOf(['/bin/true']))).definition).not.toBe(definition);
    await machine.client.send(new DeregisterTaskDefinitionCommand({ taskDefinition: definition }));
    const anew = await machine.launcherWith({}).prepare(containerOf(['/bin/true']));
    expect(anew.definition).not.toBe(definition);
    const { taskDefinition } = await machine.client.send(
      new DescribeTaskDefinitionCommand({ taskDefinition: anew.definition }),
    );
    expect(taskDefinition?.family).toMatch(/^boxes_box-1-[0-9a-f]{16}$/);
    expect(taskDefinition?.executionRoleArn).toBe('arn:aws:iam::000000000000:role/execution');
  });

  it('reports every reason why there is nothing to register', async () => {
    const executor = { id: 'executor://boxes/box-1', spec: { hostname: 'box' } };
    const refused = machine.launcher.prepare(containerOf([], { executor }));
    await expect(refused).rejects.toBeInstanceOf(LaunchError);
    await expect(refused).rejects.toThrow('executor.hostname: is a host name');
  });

  it('finds running and stopped tasks by their token only', async () => {
    const launch = await launchOf(['/bin/sh', '-c', 'exit 9']);
    const answer = await machine.launcher.run(launch);
    const engineTask = 'engineTask' in answer ? answer.engineTask : '';
    expect(await machine.launcher.find(launch.token)).toBe(engineTask);
    await vi.waitFor(async () => {
      const { isThere, tasks } = await machine.launcher.look(engineTask, launch.tasks);
      expect(isThere).toBe(true);
      expect(tasks.get('jobs_main')).toMatchObject({ state: 'ended', end: { exitCode: 9 } });
    }, PATIENCE);
    expect(await machine.launcher.find(launch.token)).toBe(engineTask);
    expect(await machine.launcher.find(randomUUID())).toBeUndefined();
    await machine.launcher.stop(engineTask, 'it is asked for no more');
  });

  it('reports that a wrong request never runs, and that a missing cluster has no tasks', async () => {
    const launch = await launchOf(['/bin/true']);
    const gone = { ...launch, definition: launch.definition.replace(/:\d+$/, ':999') };
    expect(await machine.launcher.run(gone)).toEqual({
      unprepared: expect.stringContaining('task definition'),
    });
    await machine.launcher.forget(gone.definition);
    const arn = 'arn:aws:ecs:eu-central-1:000000000000:task/tasks/0123456789abcdef0123456789abcdef';
    expect((await machine.launcher.look(arn, launch.tasks)).isThere).toBe(false);
    await machine.launcher.stop(arn, 'it is asked for no more');
    const elsewhere = machine.launcherWith({ cluster: 'arn:aws:ecs:eu-central-1:000000000000:cluster/gone' });
    expect(await elsewhere.find(launch.token)).toBeUndefined();
    expect((await elsewhere.look(arn, launch.tasks)).isThere).toBe(false);
  });

  const running = operation('RunTask');
  const failures = (...reasons: string[]): ServiceError => ({
    ...{ code: '', status: 200 },
    members: { tasks: [], failures: reasons.map((reason) => ({ reason })) },
  });
  const passRole =
    'User: arn:aws:sts::111122223333:assumed-role/dispatch/x is not authorized to perform: iam:PassRole on resource: arn:aws:iam::111122223333:role/execution';
  /** In the form of the API reference and the developer guide (API failures). */
  it.each<[string, ServiceError, expected: object]>([
    ['no room', failures('RESOURCE:ENI'), { refused: 'RESOURCE:ENI' }],
    [
      'no capacity',
      failures(
        'Capacity is unavailable at this time. Please try again later or in a different availability zone',
      ),
      { refused: expect.stringContaining('Capacity is unavailable') },
    ],
    ['what is missing', failures('MISSING'), { failed: 'MISSING' }],
    [
      'a role that may not be passed',
      { code: 'AccessDeniedException', message: passRole },
      { failed: passRole },
    ],
    [
      'a cluster that is gone',
      { code: 'ClusterNotFoundException', message: 'Cluster not found.' },
      { failed: 'Cluster not found.' },
    ],
    [
      'a definition that is deregistered',
      { code: 'InvalidParameterException', message: 'TaskDefinition is inactive' },
      { unprepared: 'TaskDefinition is inactive' },
    ],
    [
      'a token that another request used',
      { code: 'ConflictException', members: { resourceIds: ['arn:aws:ecs:eu-central-1:1:task/tasks/1'] } },
      { engineTask: 'arn:aws:ecs:eu-central-1:1:task/tasks/1' },
    ],
  ])('tells how to handle %s', async (_, error, expected) => {
    proxy.answer(running, error);
    expect(await machine.launcherBy(proxy.url).run(await launchOf(['/bin/true']))).toEqual(expected);
  });

  it.each<ServiceError>([
    { code: 'ThrottlingException', message: 'Rate exceeded' },
    { code: 'ClientException', message: 'Rate exceeded' },
    {
      code: 'ClientException',
      message: 'You have reached the limit on the number of tasks that you can run concurrently',
    },
    { code: 'ServerException', status: 500 },
  ])('a temporary error ends no attempt: $code $message', async (error) => {
    proxy.answer(running, error);
    const launcher = machine.launcherBy(proxy.url);
    // After too many calls, the user learns what the task waits for.
    const kind = error.status === undefined ? EngineBusy : Error;
    await expect(launcher.run(await launchOf(['/bin/true']))).rejects.toBeInstanceOf(kind);
    proxy.answer(operation('RegisterTaskDefinition'), error);
    const prepared = launcher.prepare(containerOf(['/bin/sh', '-c', `true ${error.code} ${error.message}`]));
    await expect(prepared).rejects.toBeInstanceOf(kind);
    await expect(prepared).rejects.not.toBeInstanceOf(LaunchError);
  });

  it('a request with a lost answer is found by its token', async () => {
    const launch = await launchOf(['/bin/true']);
    proxy.swallow(running);
    await expect(machine.launcherBy(proxy.url).run(launch)).rejects.toThrow();
    expect(await machine.launcher.find(launch.token)).toContain('task/');
  });

  it('reports why ECS refuses a registration', async () => {
    const message = 'Role is not valid';
    proxy.answer(operation('RegisterTaskDefinition'), { code: 'ClientException', message });
    const refused = machine.launcherBy(proxy.url).prepare(containerOf(['/bin/sh', '-c', 'true refused']));
    await expect(refused).rejects.toThrow(new LaunchError(message));
  });
});
