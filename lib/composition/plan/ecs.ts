import { executorSpecDefaults } from '../../element/executor-defaults.ts';
import type { ComposedContainer } from './composed-container.ts';
import { ecsName } from './ecs-name.ts';
import { ecsOrders } from './ecs-orders.ts';
import { ecsPorts } from './ecs-port.ts';
import { ecsProcess } from './ecs-process.ts';
import type { ContainerDefinition, RegisterTaskDefinition } from './ecs-request.ts';
import { ecsResources } from './ecs-resources.ts';
import type { EcsPlan } from './ecs-schema.ts';
import { ecsStorage } from './ecs-storage.ts';
import type { FargateEngine } from './fargate-engine.ts';
import type { Rendered } from './plan-input.ts';
import { ofTask, render } from './refusal.ts';
import { refuseUnrunnable } from './unrunnable.ts';

/** The most containers of one task definition, and its most bytes (Amazon ECS service quotas). */
const MOST_CONTAINERS = 10;
const MOST_BYTES = 64 * 1024;

/** For a program outside the service that runs the plan on ECS. */
export const renderEcs = (container: ComposedContainer): Rendered<EcsPlan> => renderFor(container);

/**
 * For our own engine. It keeps deadlines and restarts, makes ECS pull images from the service, and writes output
 * to one log group.
 */
export const renderFargate = (container: ComposedContainer, engine: FargateEngine): Rendered<EcsPlan> =>
  renderFor(container, engine);

/** The composition as one ECS task: each of its tasks is a container, and the first is essential. */
const renderFor = (container: ComposedContainer, engine?: FargateEngine): Rendered<EcsPlan> =>
  render((refuse) => {
    const { executor, tasks } = container;
    refuseUnrunnable(container, refuse);
    if (tasks.length > MOST_CONTAINERS)
      refuse('tasks', `are more than ${MOST_CONTAINERS}: take several executors`);
    if (executor.spec.hostname !== undefined)
      refuse('executor.hostname', 'is a host name, and Fargate gives its own: leave it out');
    if (executor.extraHosts.length > 0)
      refuse('executor.extraHosts', 'are lines of /etc/hosts, which Fargate does not add: use DNS');
    if (executor.shmSize !== executorSpecDefaults.shmSize)
      refuse('executor.shmSize', 'is a size of /dev/shm, which Fargate cannot change: leave it out');
    const root = ecsStorage(container.storage, refuse, engine);
    const { ephemeralStorage, volumes, mountPoints } = root;
    const portMappings = ecsPorts(container, refuse);
    const { cpu, memory, shares } = ecsResources(tasks, executor, refuse);
    const containerDefinitions = tasks.map((task, at): ContainerDefinition => {
      const { id, spec } = task;
      const refuseTask = ofTask(refuse, id);
      const name = ecsName(id);
      const process = ecsProcess(task, refuseTask);
      if (task.tmpfs.length > 0) refuseTask('tmpfs', 'mounts memory, which Fargate does not: leave it out');
      if (tasks.length > 1 && !task.orders.init)
        refuseTask(
          'process.init',
          'is false, and no task is process 1 if several run on Fargate: leave it out',
        );
      const isAlone = tasks.length === 1;
      const orders = ecsOrders(task, { container: name, isAlone, engine }, refuseTask);
      return {
        name,
        image: root.image,
        repositoryCredentials: root.repositoryCredentials,
        essential: at === 0,
        ...process,
        ...orders,
        ...shares[at],
        readonlyRootFilesystem: root.readOnlyRoot || spec.root?.readOnly === true,
        mountPoints,
        // Two containers in one network cannot use the same port.
        portMappings: at === 0 ? portMappings : undefined,
        dockerLabels: task.labels,
      };
    });
    const family = ecsName(executor.id);
    const registerTaskDefinition: RegisterTaskDefinition = {
      family,
      requiresCompatibilities: ['FARGATE'],
      networkMode: 'awsvpc',
      cpu,
      memory,
      pidMode: tasks.length > 1 ? 'task' : undefined,
      ephemeralStorage,
      containerDefinitions,
      volumes,
    };
    if (Buffer.byteLength(JSON.stringify(registerTaskDefinition)) > MOST_BYTES)
      refuse(
        'tasks',
        `make a task definition of more than ${MOST_BYTES} bytes: shorten their specifications, or take several executors`,
      );
    return {
      target: 'ecs',
      registerTaskDefinition,
      runTask: { taskDefinition: family, launchType: 'FARGATE', count: 1, startedBy: 'taskport' },
      tasks: tasks.map(({ id, attempt }) => ({ id, attempt, container: ecsName(id) })),
    };
  });
