/** What the launcher asks of ECS, and what it makes of the answers. */
import { randomUUID } from 'node:crypto';
import { DeregisterTaskDefinitionCommand, DescribeTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { compose } from '../../lib/composition/plan/composed-container.ts';
import type { PlanInput } from '../../lib/composition/plan/plan-input.ts';
import { LaunchError } from '../../lib/execution/engine.ts';
import type { Launch } from '../../lib/execution/launch.ts';
import { titled } from '../bundle.ts';
import { without } from '../cloud/ministack.ts';
import { withoutDocker } from '../docker/dockerd.ts';
import { inputOf, MAIN, MIB, ROOT_IMAGE, storage, task } from '../lib/composition/plan/some-input.ts';
import { PATIENCE } from '../patience.ts';
import { IMAGE, type Machine, openMachine } from './machine.ts';

const reason = withoutDocker() ?? without('ministack');
const root = storage(ROOT_IMAGE, '/', [{ id: ROOT_IMAGE, ro: { 'registry/image': IMAGE } }]);
const resources = { memory: { limit: 512 * MIB }, cpu: { quota: 25_000 } };

const containerOf = (args: string[], parts: Partial<PlanInput> = {}) =>
  compose(inputOf({ storage: [root], tasks: [task(MAIN, { process: { args }, resources })], ...parts }));

describe.skipIf(reason)(titled('ECS as an engine that nobody watches', reason), () => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await openMachine(inject('dockerHost'));
  });
  afterAll(() => machine?.close());

  const launchOf = async (args: string[]): Promise<Launch> => {
    const at = new Date().toISOString();
    const prepared = await machine.launcher.prepare(containerOf(args));
    const executorId = 'executor://boxes/box-1';
    return { ...prepared, executorId, since: at, token: randomUUID(), askedAt: at, firstAskedAt: at };
  };

  it('registers what is the same once, by whichever process, and anew what was deregistered', async () => {
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

  it('tells every reason why there is nothing to register', async () => {
    const executor = { id: 'executor://boxes/box-1', spec: { hostname: 'box' } };
    const refused = machine.launcher.prepare(containerOf([], { executor }));
    await expect(refused).rejects.toBeInstanceOf(LaunchError);
    await expect(refused).rejects.toThrow('executor.hostname: is a host name');
  });

  it('finds what runs and what has stopped by its token, and nothing by another', async () => {
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

  it('says of what is wrong with a request that it never runs, and of a cluster that is gone that nothing is there', async () => {
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
});
