import { type Target, targetNames, targetTitles } from '../../lib/composition/plan/target.ts';
import type { ExecutorSpec } from '../../lib/element/executor-spec.ts';
import type { TaskSpec } from '../../lib/element/task-spec.ts';
import { row, table } from './table.ts';

type Below<Path extends string, Key extends string> = Path extends '' ? Key : `${Path}.${Key}`;

/** The path of every field of a specification: `process.cwd`, `process.env[].name`. */
export type FieldOf<Spec, Path extends string = ''> = Spec extends readonly (infer Item)[]
  ? Item extends object
    ? FieldOf<Item, `${Path}[]`>
    : Path
  : Spec extends object
    ? string extends keyof Spec
      ? Path
      : { [Key in keyof Spec & string]-?: FieldOf<NonNullable<Spec[Key]>, Below<Path, Key>> }[keyof Spec &
          string]
    : Path;

/** How much of a field a target supports: all values, some, or only its default. It refuses the others. */
export type Taken = 'all' | 'partly' | 'none';
type ByTarget = Readonly<Record<Target, Taken>>;

const all: ByTarget = { oci: 'all', docker: 'all', ecs: 'all', container: 'all' };
const ecsPartly: ByTarget = { ...all, ecs: 'partly' };
const notEcs: ByTarget = { ...all, ecs: 'none' };
const ecsAndDockerPartly: ByTarget = { ...ecsPartly, docker: 'partly' };

/** The support of each task field by each target. A missing field does not compile. */
export const takenOfTasks: { readonly [Path in FieldOf<TaskSpec>]: ByTarget } = {
  'process.entrypoint': all,
  'process.args': all,
  'process.cwd': all,
  'process.env[].name': all,
  'process.env[].value': all,
  'process.user.uid': { ...all, docker: 'partly' },
  'process.user.gid': { ...all, docker: 'partly' },
  'process.user.umask': { ...notEcs, docker: 'none' },
  'process.user.additionalGids': { ...notEcs, docker: 'partly' },
  'process.user.username': { ...all, oci: 'none' },
  'process.user.groupname': { ...all, oci: 'none' },
  'process.terminal': { ...all, docker: 'partly' },
  'process.init': ecsPartly,
  'process.capabilities.add': ecsPartly,
  'process.capabilities.drop': all,
  'process.noNewPrivileges': notEcs,
  'process.rlimits[].type': ecsAndDockerPartly,
  'process.rlimits[].soft': ecsPartly,
  'process.rlimits[].hard': ecsPartly,
  'secrets[].name': all,
  'secrets[].valueFrom': ecsPartly,
  'secrets[].target': ecsPartly,
  'interaction.attach': notEcs,
  'interaction.openStdin': all,
  'interaction.stdinOnce': notEcs,
  'resources.memory.limit': ecsAndDockerPartly,
  'resources.memory.reservation': ecsAndDockerPartly,
  'resources.cpu.shares': ecsPartly,
  'resources.cpu.quota': ecsPartly,
  'resources.cpu.period': ecsPartly,
  'resources.pids': notEcs,
  'deadlines.startSeconds': notEcs,
  'deadlines.runSeconds': notEcs,
  'deadlines.notAfter': notEcs,
  'deadlines.stopSeconds': ecsPartly,
  'restart.mode': all,
  'restart.attempts': notEcs,
  'restart.delaySeconds': notEcs,
  'restart.backoff': notEcs,
  'restart.maxDelaySeconds': notEcs,
  'restart.resetSeconds': notEcs,
  'restart.ignoredExitCodes': ecsPartly,
  'restart.retryableExitCodes': notEcs,
  'stop.signal': notEcs,
  'logging.stdout': ecsPartly,
  'logging.stderr': ecsPartly,
  'root.readOnly': all,
  'tmpfs[].path': notEcs,
  'tmpfs[].size': notEcs,
  'tmpfs[].mode': notEcs,
  'healthCheck.command': all,
  'healthCheck.intervalSeconds': ecsPartly,
  'healthCheck.timeoutSeconds': ecsPartly,
  'healthCheck.retries': ecsPartly,
  'healthCheck.startPeriodSeconds': ecsPartly,
  annotations: all,
};

/** The same for executors. */
export const takenOfExecutors: { readonly [Path in FieldOf<ExecutorSpec>]: ByTarget } = {
  hostname: notEcs,
  'network.mode': notEcs,
  'network.ports[].port': all,
  'network.ports[].protocol': ecsPartly,
  'network.ports[].hostPort': ecsPartly,
  'network.ports[].hostAddress': notEcs,
  'extraHosts[].name': notEcs,
  'extraHosts[].address': notEcs,
  shmSize: notEcs,
  'resources.memory.limit': ecsAndDockerPartly,
  'resources.memory.reservation': ecsAndDockerPartly,
  'resources.cpu.shares': ecsPartly,
  'resources.cpu.quota': ecsPartly,
  'resources.cpu.period': ecsPartly,
  'resources.pids': notEcs,
};

const words: Readonly<Record<Taken, string>> = { all: 'yes', partly: 'some', none: 'no' };

/** A table of the fields that some target does not support. */
export const takenTable = (): string => {
  const fields = [
    ...Object.entries<ByTarget>(takenOfTasks),
    ...Object.entries<ByTarget>(takenOfExecutors).map(
      ([path, taken]) => [`executor: ${path}`, taken] as const,
    ),
  ].filter(([, taken]) => Object.values(taken).some((one) => one !== 'all'));
  const shown = targetNames.filter((target) => fields.some(([, taken]) => taken[target] !== 'all'));
  return table(
    ['Field', ...shown.map((target) => targetTitles[target])],
    fields.map(([path, taken]) => row([`\`${path}\``, ...shown.map((target) => words[taken[target]])])),
  );
};
