import type { TaskSpec } from '../../element/task-spec.ts';
import type { ComposedTask } from './composed-container.ts';
import type { ContainerDefinition, HealthCheck, LogConfiguration, RestartPolicy } from './ecs-request.ts';
import type { FargateEngine } from './fargate-engine.ts';
import type { Orders } from './orders.ts';
import { type Refuse, refuseUnder } from './refusal.ts';

/** Refuses a number outside the range of ECS. */
const bounded = (value: number, least: number, most: number, path: string, refuse: Refuse): number => {
  if (value < least || value > most)
    refuse(path, `is ${value}: take a number from ${least} to ${most}, as ECS does`);
  return value;
};

/** ECS API, HealthCheck. */
const healthCheckOf = ({ healthCheck }: Orders, report: Refuse): HealthCheck | undefined => {
  if (healthCheck === undefined) return undefined;
  const refuse = refuseUnder(report, 'healthCheck');
  return {
    command: ['CMD', ...healthCheck.command],
    interval: bounded(healthCheck.intervalSeconds, 5, 300, 'intervalSeconds', refuse),
    timeout: bounded(healthCheck.timeoutSeconds, 2, 60, 'timeoutSeconds', refuse),
    retries: bounded(healthCheck.retries, 1, 10, 'retries', refuse),
    startPeriod: bounded(healthCheck.startPeriodSeconds, 0, 300, 'startPeriodSeconds', refuse),
  };
};

/** ECS API, LogConfiguration. Fargate asks for a prefix of the log streams. */
const awslogs = (group: string, region: string, prefix: string): LogConfiguration => ({
  logDriver: 'awslogs',
  options: { 'awslogs-group': group, 'awslogs-region': region, 'awslogs-stream-prefix': prefix },
});

/**
 * ECS has one log driver for both streams. Its prefix is that of the log, or the name of the container. Output
 * to the service goes to the log group of our own engine; a plan for another runner has no such group.
 */
const logConfigurationOf = (
  { logging: { stdout, stderr } }: Orders,
  container: string,
  report: Refuse,
  engine?: FargateEngine,
): LogConfiguration | undefined => {
  const sinks = [stdout, stderr];
  const [log] = sinks.filter((sink) => typeof sink === 'object');
  const isParted = log !== undefined && sinks.some((sink) => typeof sink !== 'object' || sink.id !== log.id);
  if (isParted || (engine && stdout !== stderr && log === undefined))
    report(
      'logging',
      'sends standard output and standard error to different places, which ECS cannot: name one log for both',
    );
  if (log === undefined)
    return engine && stdout === 'service' ? awslogs(engine.logGroup, engine.region, container) : undefined;
  const refuse: Refuse = (path, message) => report(`logging["${log.id}"]${path}`, message);
  const { cloudwatch, file, s3 } = log.spec;
  if (file !== undefined)
    refuse('.file', 'is a file on the executor, and Fargate keeps no files: use a log with `cloudwatch`');
  else if (s3 !== undefined)
    refuse('.s3', 'is a bucket, and ECS has no driver that writes to one: use a log with `cloudwatch`');
  else if (cloudwatch === undefined)
    refuse('', 'names no log group for ECS to write to: use a log with `cloudwatch`');
  else if (cloudwatch.region === undefined)
    refuse('.cloudwatch.region', 'is missing, and ECS needs it: create the log with it');
  return awslogs(cloudwatch?.group ?? '', cloudwatch?.region ?? '', cloudwatch?.streamPrefix ?? container);
};

/**
 * The least number of seconds that a container must have run before ECS restarts it (ECS API,
 * ContainerRestartPolicy).
 */
const RESTART_PERIOD = 60;
const MOST_IGNORED = 50;

/**
 * Fields that only a runner can keep. Any value of them is refused, since ECS restarts at its own pace and
 * without a count.
 */
const unheeded = [
  'attempts',
  'delaySeconds',
  'backoff',
  'maxDelaySeconds',
  'resetSeconds',
  'retryableExitCodes',
] as const;

const restartPolicyOf = (
  { restart }: TaskSpec,
  { restart: { mode, ignoredExitCodes } }: Orders,
  report: Refuse,
): RestartPolicy | undefined => {
  const refuse = refuseUnder(report, 'restart');
  for (const field of unheeded) {
    if (restart?.[field] !== undefined)
      refuse(
        field,
        'is not kept by ECS, which restarts at its own pace: leave it out, or run the plan by a runner',
      );
  }
  const ignored = new Set(mode === 'on-failure' ? [0, ...ignoredExitCodes] : ignoredExitCodes);
  if (ignored.size > MOST_IGNORED)
    refuse('ignoredExitCodes', `are more than ${MOST_IGNORED}, 0 included: leave some out`);
  if (mode !== 'never')
    return { enabled: true, ignoredExitCodes: [...ignored], restartAttemptPeriod: RESTART_PERIOD };
  if (ignored.size > 0)
    refuse('ignoredExitCodes', 'are exit codes of restarts, and `restart.mode` is `never`: leave them out');
  return undefined;
};

/** Refuses deadlines and stop signals, which ECS does not have. */
const refuseUnkept = ({ deadlines, stop }: Orders, refuse: Refuse): void => {
  for (const field of ['startSeconds', 'runSeconds', 'notAfter'] as const) {
    if (deadlines[field] !== undefined)
      refuse(
        `deadlines.${field}`,
        'is a deadline, which ECS does not keep: leave it out, or run the plan by a runner',
      );
  }
  if (stop.signal !== 'TERM') refuse('stop.signal', `is ${stop.signal}, and ECS stops by TERM: leave it out`);
};

/** Refuses what our own engine cannot do: it restarts an ended task as a new ECS task, and ECS stops a container by the signal of its image. */
const refuseUnkeepable = (
  { stop, restart }: Orders,
  from: ComposedTask['from'],
  isAlone: boolean,
  refuse: Refuse,
) => {
  const isOfImage = from['stop.signal']?.startsWith('image://') ?? false;
  if (stop.signal !== 'TERM' && !isOfImage)
    refuse(
      'stop.signal',
      `is ${stop.signal}, and ECS stops by TERM or by the signal of the image: leave it out, or use an image that has it`,
    );
  if (!isAlone && restart.mode !== 'never')
    refuse(
      'restart.mode',
      `is ${restart.mode}, and Fargate does not restart one of several tasks: set it to \`never\`, or give the task an executor of its own`,
    );
};

/** The fields of a container definition beside its process. Refuses orders that Fargate cannot keep. */
export const ecsOrders = (
  { spec, orders, from }: ComposedTask,
  { container, isAlone, engine }: { container: string; isAlone: boolean; engine: FargateEngine | undefined },
  refuse: Refuse,
) => {
  const { deadlines, interaction } = orders;
  if (engine) refuseUnkeepable(orders, from, isAlone, refuse);
  else refuseUnkept(orders, refuse);
  if (interaction.attach)
    refuse('interaction.attach', 'is set, and nobody can attach to a task on Fargate: leave it out');
  if (interaction.stdinOnce)
    refuse('interaction.stdinOnce', 'is set, and nobody can attach to a task on Fargate: leave it out');
  return {
    interactive: interaction.openStdin,
    healthCheck: healthCheckOf(orders, refuse),
    logConfiguration: logConfigurationOf(orders, container, refuse, engine),
    stopTimeout: bounded(deadlines.stopSeconds, 2, 120, 'deadlines.stopSeconds', refuse),
    restartPolicy: engine ? undefined : restartPolicyOf(spec, orders, refuse),
  } satisfies Partial<ContainerDefinition>;
};
