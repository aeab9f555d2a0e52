import { defaultCapabilities } from '../../element/task-spec/capability.ts';
import { taskSpecDefaults } from '../../element/task-spec/defaults.ts';
import { commandOf } from './command.ts';
import type { ComposedTask } from './composed-container.ts';
import type { Healthcheck, TaskContainer, TaskHostConfig } from './docker-request.ts';
import type { Refuse } from './refusal.ts';
import { tmpfsOptions } from './tmpfs.ts';

const defaults = taskSpecDefaults.process;

/** The highest number of a user or group that the engine accepts (moby/sys, user.go). */
const MAX_ID = 2 ** 31 - 1;
/** The one limit of Linux for which the engine has no name (docker/go-units, ulimit.go). */
const NO_ULIMIT = 'RLIMIT_AS';
const NANOSECONDS = 1_000_000_000;
/** The shortest duration that the engine does not take for "as the image says". */
const LEAST_NANOSECONDS = 1_000_000;

/**
 * The command. If only a registry's image states the entrypoint, the engine takes it from there. Otherwise the
 * plan always states it, since the engine puts the image's own entrypoint before arguments alone.
 */
const commandParts = (task: ComposedTask): Pick<TaskContainer, 'Entrypoint' | 'Cmd'> => {
  const { entrypoint, args } = task.process;
  if (entrypoint === undefined && task.from['process.entrypoint'] === 'engine') return { Cmd: args };
  const [program, ...rest] = commandOf(task);
  return program === undefined ? {} : { Entrypoint: [program], Cmd: rest };
};

const userOf = ({ user }: ComposedTask['process'], refuse: Refuse): string | undefined => {
  for (const name of ['uid', 'gid'] as const) {
    if ((user[name] ?? 0) > MAX_ID)
      refuse(name, `is ${user[name]}, and Docker takes numbers up to ${MAX_ID}: take another`);
  }
  if (user.additionalGids.some((gid) => gid > MAX_ID))
    refuse('additionalGids', `has a number above ${MAX_ID}, the most that Docker takes: take another`);
  if (user.umask !== defaults.user.umask)
    refuse(
      'umask',
      'is not 18 (0022), and Docker cannot change it: let the entrypoint set it (`sh -c "umask 077; exec …"`)',
    );
  const group = user.groupname ?? user.gid;
  const who = user.username ?? user.uid ?? (group === undefined ? undefined : defaults.user.uid);
  return group === undefined ? who?.toString() : `${who}:${group}`;
};

const ulimitsOf = ({ rlimits }: ComposedTask['process'], refuse: Refuse): TaskHostConfig['Ulimits'] =>
  rlimits.map(({ type, soft, hard }) => {
    if (type === NO_ULIMIT)
      refuse('rlimits', `has ${type}, which Docker does not have: set \`resources.memory.limit\` instead`);
    return { Name: type.replace(/^RLIMIT_/, '').toLowerCase(), Soft: soft, Hard: hard };
  });

/**
 * The differences of capabilities. The plan does not drop a capability that no process has, since an engine may
 * not know its name.
 */
const capabilitiesOf = ({
  capabilities: { add = [], drop = [] },
}: ComposedTask['process']): Pick<TaskHostConfig, 'CapAdd' | 'CapDrop'> => {
  const had: readonly string[] = ['ALL', ...defaultCapabilities];
  return { CapAdd: add, CapDrop: drop.filter((name) => add.includes('ALL') || had.includes(name)) };
};

/**
 * The health check. An absent field never stands for the image's check: the plan states that of an image that is
 * kept here, and a registry's image has its own.
 */
const healthcheckOf = ({ spec, orders: { healthCheck } }: ComposedTask): Healthcheck | undefined => {
  if (healthCheck === undefined)
    return spec.healthCheck?.command?.length === 0 ? { Test: ['NONE'] } : undefined;
  return {
    Test: ['CMD', ...healthCheck.command],
    Interval: healthCheck.intervalSeconds * NANOSECONDS,
    Timeout: healthCheck.timeoutSeconds * NANOSECONDS,
    StartPeriod: Math.max(healthCheck.startPeriodSeconds * NANOSECONDS, LEAST_NANOSECONDS),
    Retries: healthCheck.retries,
  };
};

/** With a terminal, both streams become one. */
const refuseTerminal = ({ process, orders: { logging } }: ComposedTask, refuse: Refuse): void => {
  if (process.terminal && JSON.stringify(logging.stdout) !== JSON.stringify(logging.stderr))
    refuse(
      'process.terminal',
      'joins standard output and standard error, which go to different logs: name one log for both',
    );
};

/** The process of a task, its health check and its stop signal. */
export const dockerProcess = (task: ComposedTask, refuse: Refuse) => {
  const { process, orders } = task;
  const { interaction } = orders;
  refuseTerminal(task, refuse);
  return {
    ...commandParts(task),
    Env: process.env.map(({ name, value }) => `${name}=${value}`),
    WorkingDir: process.cwd,
    User: userOf(process, (path, message) => refuse(`process.user.${path}`, message)),
    Tty: process.terminal,
    AttachStdin: interaction.attach,
    OpenStdin: interaction.openStdin,
    StdinOnce: interaction.stdinOnce,
    StopSignal: `SIG${orders.stop.signal}`,
    StopTimeout: orders.deadlines.stopSeconds,
    Healthcheck: healthcheckOf(task),
    Labels: task.labels,
    HostConfig: {
      ...capabilitiesOf(process),
      GroupAdd: process.user.additionalGids.map(String),
      SecurityOpt: process.noNewPrivileges ? ['no-new-privileges'] : [],
      Tmpfs: Object.fromEntries(task.tmpfs.map((one) => [one.path, tmpfsOptions(one).join(',')])),
      Init: orders.init,
      Ulimits: ulimitsOf(process, (path, message) => refuse(`process.${path}`, message)),
    },
  };
};
