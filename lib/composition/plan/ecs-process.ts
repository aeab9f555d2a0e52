import { defaultCapabilities } from '../../element/task-spec/capability.ts';
import { taskSpecDefaults } from '../../element/task-spec/defaults.ts';
import type { TaskSpec } from '../../element/task-spec.ts';
import { capabilitySet } from './capability-set.ts';
import type { ComposedTask } from './composed-container.ts';
import type { ContainerDefinition } from './ecs-request.ts';
import type { Refuse } from './refusal.ts';

type Process = ComposedTask['process'];

const defaults = taskSpecDefaults.process;

/** The capabilities that ECS can add to the default set on Fargate (ECS API, KernelCapabilities). */
const ADDABLE: readonly string[] = ['CAP_SYS_PTRACE'];
/** ECS API, Ulimit: all limits of Linux except the address space. */
const NO_ULIMIT: readonly string[] = ['RLIMIT_AS'];
/** Limits are integers of 32 bits (ECS API, Ulimit). */
const MOST_ULIMIT = 2 ** 31 - 1;

/**
 * `user`, `user:group`, each by number or by name (ECS API, ContainerDefinition, user); undefined if the task
 * and its image state none.
 */
const userOf = ({ user }: Process, refuse: Refuse): string | undefined => {
  if (user.umask !== defaults.user.umask)
    refuse(
      'process.user.umask',
      'is not 18 (0022), and ECS cannot change it: let the entrypoint set it (`sh -c "umask 077; exec …"`)',
    );
  if (user.additionalGids.length > 0)
    refuse('process.user.additionalGids', 'are further groups, and ECS has one group: leave them out');
  const group = user.groupname ?? user.gid;
  const who = user.username ?? user.uid ?? (group === undefined ? undefined : defaults.user.uid);
  return group === undefined ? who?.toString() : `${who}:${group}`;
};

const capabilitiesOf = (
  { capabilities }: Process,
  refuse: Refuse,
): ContainerDefinition['linuxParameters']['capabilities'] => {
  const wanted = capabilitySet(capabilities);
  const add = wanted.filter((name) => !(defaultCapabilities as readonly string[]).includes(name));
  const drop = defaultCapabilities.filter((name) => !wanted.includes(name));
  for (const name of add) {
    if (!ADDABLE.includes(name))
      refuse(
        'process.capabilities.add',
        `has ${name}, and Fargate adds ${ADDABLE.join(', ')} only: leave it out`,
      );
  }
  const plain = (names: readonly string[]): string[] => names.map((name) => name.replace(/^CAP_/, ''));
  return { add: plain(add), drop: plain(drop) };
};

const ulimitsOf = ({ rlimits }: Process, refuse: Refuse): ContainerDefinition['ulimits'] =>
  rlimits.map(({ type, soft, hard }) => {
    if (NO_ULIMIT.includes(type))
      refuse('process.rlimits', `has ${type}, which ECS does not have: leave it out`);
    if (hard > MOST_ULIMIT)
      refuse('process.rlimits', `has a ${type} of more than ${MOST_ULIMIT}: take a smaller number`);
    return { name: type.replace(/^RLIMIT_/, '').toLowerCase(), softLimit: soft, hardLimit: hard };
  });

const secretsOf = ({ secrets = [] }: TaskSpec, refuse: Refuse): ContainerDefinition['secrets'] =>
  secrets.map(({ name, valueFrom, target }, at) => {
    if (target !== 'env')
      refuse(
        `secrets[${at}].target`,
        `is \`${target}\`, and ECS puts secrets into variables only: use \`env\``,
      );
    if (!valueFrom.startsWith('arn:'))
      refuse(`secrets[${at}].valueFrom`, 'is no ARN, and ECS needs one: name a secret of AWS by its ARN');
    return { name, valueFrom };
  });

/**
 * The process of a container. Entrypoint, arguments, directory and user are absent if only the registry's image
 * states them.
 */
export const ecsProcess = (task: ComposedTask, refuse: Refuse) => {
  const { process, spec } = task;
  if (process.noNewPrivileges)
    refuse('process.noNewPrivileges', 'is a security option, and Fargate has none: leave it out');
  return {
    entryPoint: process.entrypoint,
    command: process.args,
    workingDirectory: process.cwd,
    user: userOf(process, refuse),
    pseudoTerminal: process.terminal,
    environment: process.env,
    secrets: secretsOf(spec, refuse),
    ulimits: ulimitsOf(process, refuse),
    linuxParameters: {
      capabilities: capabilitiesOf(process, refuse),
      initProcessEnabled: process.init,
    },
  } satisfies Partial<ContainerDefinition>;
};
