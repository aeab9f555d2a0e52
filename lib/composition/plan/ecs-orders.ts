import type { TaskSpec } from '../../element/task-spec.ts';
import type { ContainerDefinition, HealthCheck, LogConfiguration, RestartPolicy } from './ecs-request.ts';
import type { Orders } from './orders.ts';
import { below, type Refuse } from './refusal.ts';

/** Refuses a number that ECS does not take. */
const bounded = (value: number, least: number, most: number, path: string, refuse: Refuse): number => {
  if (value < least || value > most) refuse(path, `is ${value}, and ECS takes ${least} to ${most}`);
  return value;
};

/** ECS API, HealthCheck. */
const healthCheckOf = ({ healthCheck }: Orders, report: Refuse): HealthCheck | undefined => {
  if (healthCheck === undefined) return undefined;
  const refuse = below(report, 'healthCheck');
  return {
    command: ['CMD', ...healthCheck.command],
    interval: bounded(healthCheck.intervalSeconds, 5, 300, 'intervalSeconds', refuse),
    timeout: bounded(healthCheck.timeoutSeconds, 2, 60, 'timeoutSeconds', refuse),
    retries: bounded(healthCheck.retries, 1, 10, 'retries', refuse),
    startPeriod: bounded(healthCheck.startPeriodSeconds, 0, 300, 'startPeriodSeconds', refuse),
  };
};

/**
 * ECS API, LogConfiguration: one driver for both streams. Fargate asks for a prefix of the log streams, which
 * is the container's name where the log has none.
 */
const logConfigurationOf = (
  { logging: { stdout, stderr } }: Orders,
  container: string,
  report: Refuse,
): LogConfiguration | undefined => {
  const [log, ...more] = [stdout, stderr].filter((sink) => typeof sink === 'object');
  if (log === undefined) return undefined;
  if (more[0]?.id !== log.id) report('logging', 'parts standard output and standard error, which ECS cannot');
  const refuse: Refuse = (path, message) => report(`logging["${log.id}"]${path}`, message);
  const { cloudwatch, file, s3 } = log.spec;
  if (file !== undefined) refuse('.file', 'is on the executor, and Fargate has no files to keep');
  else if (s3 !== undefined) refuse('.s3', 'is a bucket, and ECS has no driver that writes to one');
  else if (cloudwatch === undefined) refuse('', 'names no log group for ECS to write to');
  else if (cloudwatch.region === undefined) refuse('.cloudwatch.region', 'is missing, and ECS asks for it');
  return {
    logDriver: 'awslogs',
    options: {
      'awslogs-group': cloudwatch?.group ?? '',
      'awslogs-region': cloudwatch?.region ?? '',
      'awslogs-stream-prefix': cloudwatch?.streamPrefix ?? container,
    },
  };
};

/** Seconds that a container must have run to be started again: the least (ECS API, ContainerRestartPolicy). */
const RESTART_PERIOD = 60;
const MOST_IGNORED = 50;

/** Fields that only another runner keeps. Any value of them is refused, since ECS restarts at its own pace and without a count. */
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
  const refuse = below(report, 'restart');
  for (const field of unheeded) {
    if (restart?.[field] !== undefined) refuse(field, 'is nothing that ECS restarts by');
  }
  const ignored = new Set(mode === 'on-failure' ? [0, ...ignoredExitCodes] : ignoredExitCodes);
  if (ignored.size > MOST_IGNORED) refuse('ignoredExitCodes', `are more than ${MOST_IGNORED}, 0 included`);
  if (mode !== 'never')
    return { enabled: true, ignoredExitCodes: [...ignored], restartAttemptPeriod: RESTART_PERIOD };
  if (ignored.size > 0) refuse('ignoredExitCodes', 'are said of restarts, and there are none');
  return undefined;
};

/** What a container is asked to besides its process, and all that Fargate has nothing for. */
export const ecsOrders = (spec: TaskSpec, orders: Orders, container: string, refuse: Refuse) => {
  const { deadlines, interaction, stop } = orders;
  for (const field of ['startSeconds', 'runSeconds', 'notAfter'] as const) {
    if (deadlines[field] !== undefined)
      refuse(`deadlines.${field}`, 'is a deadline, which ECS does not keep');
  }
  if (stop.signal !== 'TERM') refuse('stop.signal', `is ${stop.signal}, and ECS stops by TERM`);
  if (interaction.attach) refuse('interaction.attach', 'is asked for, and nobody attaches to Fargate');
  if (interaction.stdinOnce) refuse('interaction.stdinOnce', 'is asked for, and nobody attaches to Fargate');
  return {
    interactive: interaction.openStdin,
    healthCheck: healthCheckOf(orders, refuse),
    logConfiguration: logConfigurationOf(orders, container, refuse),
    stopTimeout: bounded(deadlines.stopSeconds, 2, 120, 'deadlines.stopSeconds', refuse),
    restartPolicy: restartPolicyOf(spec, orders, refuse),
  } satisfies Partial<ContainerDefinition>;
};
