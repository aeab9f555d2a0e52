import { createHash } from 'node:crypto';
import {
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
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
import type { Answer, Launcher, Prepared } from '../../execution/launcher.ts';
import { formatLogUri } from '../cloudwatch/log-stream-name.ts';
import { seenOf } from './seen-task.ts';

export interface EcsOptions extends FargateEngine {
  readonly cluster: string;
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  readonly assignPublicIp: boolean;
  /** Pulls the image, reads the secrets and writes the logs. */
  readonly executionRole: string;
  /** What the programs of tasks may; absent for nothing. */
  readonly taskRole?: string;
  readonly spot?: true;
  /** Called before each request to run: has `registryCredentials` be good. */
  readonly signIn?: () => Promise<void>;
}

/** Requests that another try does not make right (Amazon ECS API, errors of RunTask and RegisterTaskDefinition). */
const WRONG = [
  'AccessDeniedException',
  'BlockedException',
  'ClientException',
  'ClusterNotFoundException',
  'InvalidParameterException',
  'PlatformTaskDefinitionIncompatibilityException',
  'PlatformUnknownException',
  'UnsupportedFeatureException',
];
/** What is wrong only now, though ECS calls it a mistake of the client. */
const IS_PASSING = /rate exceeded|throttl|concurrent|limit on the number/i;
/** Failures of RunTask that pass: `RESOURCE:ENI`, `Capacity is unavailable at this time` (developer guide, API failures). */
const HAS_NO_ROOM = /^(RESOURCE|AGENT)\b|capacity|throttl/i;

/** Values of tags (Amazon ECS API, Tag). */
const TAG_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;

/** Characters of a family, and of what tells its content apart (Amazon ECS API, RegisterTaskDefinition). */
const MOST_NAME = 200;

/** Where a container of a plan writes what it does. */
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

const nameOf = (error: unknown): string => (error as Error).name;
const isWrong = (error: unknown): boolean =>
  WRONG.includes(nameOf(error)) && !IS_PASSING.test((error as Error).message);

/** The client of ECS; endpoint, region and credentials come from the environment. */
export const createEcsClient = (): ECSClient => new ECSClient({});

/** Launches as tasks of ECS on Fargate (ADR 51). */
export class EcsLauncher implements Launcher {
  readonly #client: ECSClient;
  readonly #options: EcsOptions;
  /** Task definitions that this process has seen, by their family. */
  readonly #registered = new Map<string, string>();

  constructor(client: ECSClient, options: EcsOptions) {
    this.#client = client;
    this.#options = options;
  }

  async prepare(container: ComposedContainer): Promise<Prepared> {
    const rendered = renderFargate(container, this.#options);
    if ('reasons' in rendered)
      throw new LaunchError(rendered.reasons.map(({ path, message }) => `${path}: ${message}`).join('; '));
    const { registerTaskDefinition: planned, tasks } = rendered.plan;
    const { executionRole, taskRole } = this.#options;
    const request = { ...planned, executionRoleArn: executionRole, ...defined({ taskRoleArn: taskRole }) };
    // What is the same has the same family, so that it is registered once.
    const content = createHash('sha256').update(JSON.stringify(request)).digest('hex').slice(0, 16);
    const family = `${planned.family.slice(0, MOST_NAME)}-${content}`;
    const definition =
      this.#registered.get(family) ??
      (await this.#known(family)) ??
      (await this.#register({ ...request, family }));
    this.#registered.set(family, definition);
    return {
      definition,
      tasks: tasks.map(({ id, attempt, container: name }) => ({
        ...{ taskId: id, attempt, container: name },
        ...defined({ log: logOf(planned, name) }),
      })),
    };
  }

  outputOf(engineTask: string, { container, log }: LaunchedTask): EngineOutput | undefined {
    if (!log) return undefined;
    const { group, region, prefix } = log;
    // The driver `awslogs` names its streams so (developer guide, Send Amazon ECS logs to CloudWatch).
    const stream = `${prefix}/${container}/${engineTask.slice(engineTask.lastIndexOf('/') + 1)}`;
    const isOurs = group === this.#options.logGroup && region === this.#options.region;
    return isOurs ? { engineLog: stream } : { uri: formatLogUri({ region, group, stream }) };
  }

  async run({ executorId, definition, token }: Launch): Promise<Answer> {
    const { cluster, subnets, securityGroups, assignPublicIp, spot, signIn } = this.#options;
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
      networkConfiguration: {
        awsvpcConfiguration: {
          subnets: [...subnets],
          securityGroups: [...securityGroups],
          assignPublicIp: assignPublicIp ? 'ENABLED' : 'DISABLED',
        },
      },
      ...(TAG_VALUE.test(executorId) ? { tags: [{ key: 'taskport:executor', value: executorId }] } : {}),
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
      // The token was used already, by a request that named other subnets or the like.
      const [existing] = (error as { resourceIds?: string[] }).resourceIds ?? [];
      if (nameOf(error) === 'ConflictException' && existing !== undefined) return { engineTask: existing };
      if (isWrong(error)) return { failed: (error as Error).message };
      throw error;
    }
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

  /** A cluster that is gone has nothing. */
  async #unlessGone<T>(ask: () => Promise<T>, nothing: T): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (nameOf(error) === 'ClusterNotFoundException') return nothing;
      throw error;
    }
  }

  /** The newest definition of a family that nobody deregistered. */
  async #known(family: string): Promise<string | undefined> {
    try {
      const command = new DescribeTaskDefinitionCommand({ taskDefinition: family });
      const { taskDefinition: { taskDefinitionArn, status } = {} } = await this.#client.send(command);
      return status === 'ACTIVE' ? taskDefinitionArn : undefined;
    } catch (error) {
      if (nameOf(error) === 'ClientException') return undefined;
      throw error;
    }
  }

  async #register(request: object): Promise<string> {
    try {
      const command = new RegisterTaskDefinitionCommand(request as RegisterTaskDefinitionCommandInput);
      const { taskDefinition: { taskDefinitionArn = '' } = {} } = await this.#client.send(command);
      return taskDefinitionArn;
    } catch (error) {
      if (isWrong(error)) throw new LaunchError((error as Error).message, { cause: error });
      throw error;
    }
  }
}
