import { parse as parsePath } from 'node:path';
import { defined } from '../../lib/defined.ts';
import type { ExecutorSpec } from '../../lib/element/executor-spec.ts';
import { userNamed } from '../../lib/element/task-spec/named-user.ts';
import type { TaskSpec } from '../../lib/element/task-spec.ts';
import { durationOf, sizeOf } from '../number.ts';
import { UsageError } from '../usage-error.ts';
import { lastOfEach, parseEnv, parseEnvFile } from './environment.ts';
import { parsePublished } from './published-ports.ts';
import { cpuOf } from './resources.ts';

/** The options of `run` that describe the task, as given. */
export interface RunFlags {
  readonly env?: readonly string[];
  readonly envFile?: readonly string[];
  readonly memory?: string;
  readonly cpus?: string;
  readonly user?: string;
  readonly workdir?: string;
  readonly entrypoint?: string;
  readonly network?: string;
  readonly publish?: readonly string[];
  readonly restart?: string;
  readonly timeout?: string;
  readonly secret?: readonly string[];
  readonly interactive?: boolean;
  readonly tty?: boolean;
  readonly detach?: boolean;
}

const NUMBER = /^\d+$/;

/** `<user>[:<group>]`, each by number or by name. Throws `UsageError`. */
const userOf = (text: string): NonNullable<TaskSpec['process']>['user'] => {
  const user = userNamed(text);
  if (user) return user;
  throw new UsageError(`--user is ${text}, and has to be <user> or <user>:<group>, by name or by number`);
};

/** The policies that `docker run --restart` knows. Throws `UsageError`. */
const restartOf = (text: string): TaskSpec['restart'] => {
  const [mode = '', count, more] = text.split(':');
  if (count === undefined && (mode === 'no' || mode === 'never')) return { mode: 'never' };
  if (count === undefined && (mode === 'always' || mode === 'unless-stopped')) return { mode: 'always' };
  if (mode === 'on-failure' && more === undefined && (count === undefined || NUMBER.test(count)))
    return defined({ mode, attempts: count === undefined ? undefined : Number(count) });
  throw new UsageError(
    `--restart is ${text}, and has to be no, on-failure, on-failure:<restarts>, always or unless-stopped`,
  );
};

/** `<source>[,type=mount|env][,target=<name>]`, as Podman takes it. Throws `UsageError`. */
const secretOf = (text: string): NonNullable<TaskSpec['secrets']>[number] => {
  const [valueFrom = '', ...parts] = text.split(',');
  const said = new Map(parts.map((part) => part.split(/=(.*)/s, 2) as [string, string]));
  const unknown = [...said.keys()].find((key) => key !== 'type' && key !== 'target');
  const type = said.get('type') ?? 'mount';
  if (valueFrom === '' || unknown !== undefined || (type !== 'mount' && type !== 'env'))
    throw new UsageError(
      `--secret ${text} is not <source>, <source>,type=env or <source>,type=mount,target=<name>`,
    );
  const name = said.get('target') ?? parsePath(valueFrom.split(':').at(-1) ?? '').base;
  return { name, valueFrom, target: type === 'env' ? 'env' : 'file' };
};

/** `--entrypoint` replaces the image's; an empty one leaves only the command. */
const programOf = (
  entrypoint: string | undefined,
  command: readonly string[],
): Pick<NonNullable<TaskSpec['process']>, 'entrypoint' | 'args'> => {
  const [program, ...rest] = command;
  if (entrypoint === undefined) return program === undefined ? {} : { args: [...command] };
  if (entrypoint !== '')
    return { entrypoint: [entrypoint], ...(program === undefined ? {} : { args: [...command] }) };
  if (program === undefined) throw new UsageError('--entrypoint is empty, and no command is given');
  return { entrypoint: [program], ...(rest.length > 0 ? { args: rest } : {}) };
};

/** Whether the command line opens a session with the task: now, or later with `--detach`. */
export const isTalkedTo = ({ interactive = false, tty = false }: RunFlags): boolean => interactive || tty;

/** As in `docker run`; without `--detach` the task runs for this one client, which then misses no output. */
const interactionOf = (flags: RunFlags): TaskSpec['interaction'] => {
  if (!isTalkedTo(flags)) return undefined;
  const { interactive, detach = false } = flags;
  return defined({ attach: true, openStdin: interactive, stdinOnce: detach ? undefined : true });
};

interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readText(path: string): Promise<string>;
}

/** The specification of the task from a command line. Throws `UsageError`. */
export const taskSpecOf = async (
  flags: RunFlags,
  command: readonly string[],
  { env, readText }: Surroundings,
): Promise<TaskSpec> => {
  const { workdir, user, memory, cpus, timeout, restart, secret } = flags;
  if (workdir !== undefined && !workdir.startsWith('/'))
    throw new UsageError(`--workdir is ${workdir}, and has to be absolute, such as /srv`);
  const files = [];
  for (const path of flags.envFile ?? []) files.push(...parseEnvFile(path, await readText(path), env));
  const variables = lastOfEach([...files, ...parseEnv(flags.env ?? [], env)]);
  return defined({
    process: defined({
      ...programOf(flags.entrypoint, command),
      env: variables.length > 0 ? variables : undefined,
      cwd: workdir,
      user: user === undefined ? undefined : userOf(user),
      terminal: flags.tty,
    }),
    interaction: interactionOf(flags),
    resources:
      memory === undefined && cpus === undefined
        ? undefined
        : defined({
            memory: memory === undefined ? undefined : { limit: sizeOf('--memory', memory) },
            cpu: cpus === undefined ? undefined : cpuOf(cpus),
          }),
    deadlines: timeout === undefined ? undefined : { runSeconds: durationOf('--timeout', timeout) },
    restart: restart === undefined ? undefined : restartOf(restart),
    secrets: secret?.map(secretOf),
  });
};

/** The specification of the executor from a command line. Throws `UsageError`. */
export const executorSpecOf = ({ network, publish = [] }: RunFlags): ExecutorSpec => {
  const ports = publish.flatMap(parsePublished);
  if (network === undefined && ports.length === 0) return {};
  return { network: defined({ mode: network, ports: ports.length > 0 ? ports : undefined }) };
};
