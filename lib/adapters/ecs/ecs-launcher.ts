import {
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  RunTaskCommand,
  type RunTaskCommandInput,
  StopTaskCommand,
} from '@aws-sdk/client-ecs';
import type { ComposedContainer } from '../../composition/plan/composed-container.ts';
import { renderFargate } from '../../composition/plan/ecs.ts';
import type { EcsPlan } from '../../composition/plan/ecs-schema.ts';
import type { FargateEngine } from '../../composition/plan/fargate-engine.ts';
import { defined } from '../../defined.ts';
import { LaunchError } from '../../execution/engine.ts';
import type { EngineOutput, Launch, LaunchedTask, Seen } from '../../execution/launch.ts';
import type { Answer, Launcher, Prepared, RunningTask } from '../../execution/launcher.ts';
import { formatLogUri } from '../cloudwatch/log-stream-name.ts';
import { isWrong, nameOf, passing } from './ecs-error.ts';
import { seenOf } from './seen-task.ts';
import { TaskDefinitions } from './task-definitions.ts';

export interface EcsOptions extends FargateEngine {
  /** Tells the tasks of this deployment from those of others in the same cluster. */
  readonly deployment: string;
  readonly cluster: string;
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  readonly assignPublicIp: boolean;
  /** The role that pulls the image, reads the secrets and writes the logs. */
  readonly executionRole: string;
  /** The role of the programs in tasks; without one they have no rights. */
  readonly taskRole?: string;
  readonly spot?: true;
  /** Whether ECS Exec reaches running tasks. The task role has to permit it (`ssmmessages`). */
  readonly exec?: true;
  /** Called before each request to run; it makes sure that `registryCredentials` are valid. */
  readonly signIn?: () => Promise<void>;
}

/**
 * Temporary failures of RunTask: `RESOURCE:ENI`, `Capacity is unavailable at this time` (developer guide, API
 * failures).
 */
const HAS_NO_ROOM = /^(RESOURCE|AGENT)\b|capacity|throttl/i;

/** The definition is deregistered or deleted (RunTask). */
const IS_UNPREPARED =
  /task ?definition is inactive|task ?definition not found|unable to (find|describe) task definition/i;

const DEPLOYMENT_TAG = 'taskport:deployment';
const EXECUTOR_TAG = 'taskport:executor';
/** Values of tags (Amazon ECS API, Tag). */
const TAG_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;

/** Where a container of a plan writes its output. */
const logOf = (
  { containerDefinitions }: EcsPlan['registerTaskDefinition'],
  container: string,
): LaunchedTask['log'] => {
  const { options } = containerDefinitions.find(({ name }) => name === container)?.logConfiguration ?? {};
  return (
    options && {
      group: options['awslogs-group'] ?? '',
      region: options['awslogs-region'] ?? '',
      prefix: options['awslogs-stream-prefix'] ?? '',
    }
  );
};

/** The client of ECS; endpoint, region and credentials come from the environment. */
export const createEcsClient = (): ECSClient => new ECSClient({});

/** Launches executors as tasks of ECS on Fargate (ADR 51). */
export class EcsLauncher implements Launcher {
  readonly #client: ECSClient;
  readonly #options: EcsOptions;
  readonly #definitions: TaskDefinitions;

  constructor(client: ECSClient, options: EcsOptions) {
    this.#client = client;
    this.#options = options;
    this.#definitions = new TaskDefinitions(client);
  }

  async prepare(container: ComposedContainer): Promise<Prepared> {
    const rendered = renderFargate(container, this.#options);
    if ('reasons' in rendered)
      throw new LaunchError(rendered.reasons.map(({ path, message }) => `${path}: ${message}`).join('; '));
    const { registerTaskDefinition: planned, tasks } = rendered.plan;
    const { executionRole, taskRole, exec } = this.#options;
    const request = { ...planned, executionRoleArn: executionRole, ...defined({ taskRoleArn: taskRole }) };
    const definition = await this.#definitions.get(request);
    return {
      definition,
      ...defined({ takesSessions: exec }),
      tasks: tasks.map(({ id, attempt, container: name }) => ({
        taskId: id,
        attempt,
        container: name,
        ...defined({ log: logOf(planned, name) }),
      })),
    };
  }

  outputOf(engineTask: string, { container, log }: LaunchedTask): EngineOutput | undefined {
    if (!log) return undefined;
    const { group, region, prefix } = log;
    // The name that the driver `awslogs` gives its streams (developer guide, Send Amazon ECS logs to
    // CloudWatch).
    const stream = `${prefix}/${container}/${engineTask.slice(engineTask.lastIndexOf('/') + 1)}`;
    const isOurs = group === this.#options.logGroup && region === this.#options.region;
    return isOurs ? { engineLog: stream } : { uri: formatLogUri({ region, group, stream }) };
  }

  async run({ executorId, definition, token }: Launch): Promise<Answer> {
    const { deployment, cluster, subnets, securityGroups, assignPublicIp, spot, exec, signIn } =
      this.#options;
    await signIn?.();
    const request: RunTaskCommandInput = {
      cluster,
      taskDefinition: definition,
      count: 1,
      clientToken: token,
      startedBy: token,
      ...(spot
        ? { capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT' }] }
        : { launchType: 'FARGATE' }),
      enableExecuteCommand: exec === true,
      networkConfiguration: {
        awsvpcConfiguration: {
          subnets: [...subnets],
          securityGroups: [...securityGroups],
          assignPublicIp: assignPublicIp ? 'ENABLED' : 'DISABLED',
        },
      },
      tags: [
        { key: DEPLOYMENT_TAG, value: deployment },
        ...(TAG_VALUE.test(executorId) ? [{ key: EXECUTOR_TAG, value: executorId }] : []),
      ],
    };
    try {
      const { tasks = [], failures = [] } = await this.#client.send(new RunTaskCommand(request));
      const engineTask = tasks[0]?.taskArn;
      if (engineTask !== undefined) return { engineTask };
      const words = failures
        .map(({ reason, detail }) => [reason, detail].filter(Boolean).join(': '))
        .join('; ');
      return HAS_NO_ROOM.test(words) ? { refused: words } : { failed: words || 'ECS started nothing' };
    } catch (error) {
      // An earlier request used the token with other parameters, such as other subnets.
      const [existing] = (error as { resourceIds?: string[] }).resourceIds ?? [];
      if (nameOf(error) === 'ConflictException' && existing !== undefined) return { engineTask: existing };
      if (!isWrong(error)) throw passing(error);
      const { message } = error as Error;
      if (!IS_UNPREPARED.test(message)) return { failed: message };
      this.#definitions.lose(definition);
      return { unprepared: message };
    }
  }

  forget(definition: string): Promise<void> {
    return this.#definitions.forget(definition);
  }

  async find(token: string): Promise<string | undefined> {
    for (const desiredStatus of ['RUNNING', 'STOPPED'] as const) {
      const { cluster } = this.#options;
      const [found] = await this.#unlessGone(
        async () =>
          (await this.#client.send(new ListTasksCommand({ cluster, startedBy: token, desiredStatus })))
            .taskArns ?? [],
        [],
      );
      if (found !== undefined) return found;
    }
    return undefined;
  }

  async running(): Promise<RunningTask[]> {
    const { cluster, deployment } = this.#options;
    const found: RunningTask[] = [];
    let nextToken: string | undefined;
    do {
      const asked = { cluster, desiredStatus: 'RUNNING' as const, ...defined({ nextToken }) };
      // A page has at most 100 tasks, as many as one request can describe.
      const page = await this.#unlessGone(() => this.#client.send(new ListTasksCommand(asked)), undefined);
      const { taskArns: tasks = [] } = page ?? {};
      nextToken = page?.nextToken;
      if (tasks.length === 0) continue;
      const described = await this.#client.send(
        new DescribeTasksCommand({ cluster, tasks, include: ['TAGS'] }),
      );
      for (const { taskArn = '', startedBy = '', tags = [] } of described.tasks ?? []) {
        const said = (tag: string) => tags.find(({ key }) => key === tag)?.value;
        if (said(DEPLOYMENT_TAG) !== deployment) continue;
        const executorId = said(EXECUTOR_TAG);
        found.push({ engineTask: taskArn, token: startedBy, ...defined({ executorId }) });
      }
    } while (nextToken !== undefined);
    return found;
  }

  async look(engineTask: string, tasks: readonly LaunchedTask[]): Promise<Seen> {
    const { cluster } = this.#options;
    const [task] = await this.#unlessGone(
      async () =>
        (await this.#client.send(new DescribeTasksCommand({ cluster, tasks: [engineTask] }))).tasks ?? [],
      [],
    );
    return seenOf(task, tasks);
  }

  async stop(engineTask: string, words: string): Promise<void> {
    const { cluster } = this.#options;
    try {
      await this.#client.send(
        new StopTaskCommand({ cluster, task: engineTask, reason: `taskport: ${words}` }),
      );
    } catch (error) {
      if (!['InvalidParameterException', 'ClusterNotFoundException'].includes(nameOf(error))) throw error;
    }
  }

  /** A cluster that does not exist has no tasks. */
  async #unlessGone<T>(ask: () => Promise<T>, nothing: T): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (nameOf(error) === 'ClusterNotFoundException') return nothing;
      throw error;
    }
  }
}
