import { defined } from '../defined.ts';
import { isObject } from '../is-object.ts';
import { isUnsaid, kept, type Name, shown } from './config-field.ts';
import { type ImageSpec, imageSpec } from './image-spec.ts';

type HealthCheck = NonNullable<ImageSpec['healthCheck']>;

const schema = imageSpec.shape.healthCheck;
const checkShape = schema.def.innerType.shape;

const SECOND = 1_000_000_000;
/** The shell of `CMD-SHELL` if the config names none (Docker image specification 1.2). */
const SHELL = ['/bin/sh', '-c'];

/** Nanoseconds as seconds that the field accepts, rounded up; 0 counts as absent. */
const secondsOf = (
  field: 'intervalSeconds' | 'timeoutSeconds' | 'startPeriodSeconds',
  said: unknown,
  name: Name,
): number | undefined => {
  if (said === 0) return undefined;
  if (typeof said !== 'number') return kept(checkShape[field], `healthCheck.${field}`, said, said, name);
  const seconds = Math.min(Math.max(Math.ceil(said / SECOND), 1), 3600);
  if (seconds * SECOND !== said) name(`healthCheck.${field}`, `is ${said} ns: ${seconds} s are kept`);
  return seconds;
};

const commandOf = (said: unknown, shell: unknown, name: Name): HealthCheck['command'] => {
  const [how, ...rest] = (Array.isArray(said) ? said : [said]) as unknown[];
  const before = Array.isArray(shell) && shell.length > 0 ? shell : SHELL;
  const ways: Readonly<Record<string, unknown>> = { NONE: [], CMD: rest, 'CMD-SHELL': [...before, ...rest] };
  const isWay = typeof how === 'string' && Object.hasOwn(ways, how) && (how === 'NONE' || rest.length > 0);
  if (isWay) return kept(checkShape.command, 'healthCheck.command', said, ways[how], name);
  if (!isUnsaid(said)) name('healthCheck.command', `is ${shown(said)}: a test is NONE, CMD or CMD-SHELL`);
  return undefined;
};

/** Docker image specification 1.2, Healthcheck; OCI images from the builders of Docker and Podman have it too. */
export const healthCheckOf = (said: unknown, shell: unknown, name: Name): HealthCheck | undefined => {
  if (!isObject(said)) return kept(schema, 'healthCheck', said, said, name);
  if (said.StartInterval) name('healthCheck', `has a StartInterval of ${shown(said.StartInterval)} ns`);
  return defined({
    command: commandOf(said.Test, shell, name),
    intervalSeconds: secondsOf('intervalSeconds', said.Interval, name),
    timeoutSeconds: secondsOf('timeoutSeconds', said.Timeout, name),
    retries:
      said.Retries === 0
        ? undefined
        : kept(checkShape.retries, 'healthCheck.retries', said.Retries, said.Retries, name),
    startPeriodSeconds: secondsOf('startPeriodSeconds', said.StartPeriod, name),
  });
};

const nanoseconds = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : seconds * SECOND;

/** The member `Healthcheck` of a config with the same meaning. */
export const configOfHealthCheck = ({ command, ...check }: HealthCheck) =>
  defined({
    Test: command && (command.length === 0 ? ['NONE'] : ['CMD', ...command]),
    Interval: nanoseconds(check.intervalSeconds),
    Timeout: nanoseconds(check.timeoutSeconds),
    StartPeriod: nanoseconds(check.startPeriodSeconds),
    Retries: check.retries,
  });
