import * as z from 'zod/mini';
import { described, optional } from '../../facts.ts';
import { capabilityChanges } from './capability.ts';
import { rlimits } from './rlimit.ts';
import { user } from './user.ts';
import { absolutePath, list, text, uniqueBy, variableName } from './value.ts';

/** In UTF-8 always shorter than the 128 KiB that execve(2) allows for one string. */
export const argument = () => text(32_768);

const variable = z.strictObject({
  name: described(variableName(), {
    description: 'The name of the variable.',
    source: 'POSIX, 8.1 Environment Variable Definition; lower case, `.` and `-` are in use',
    bounds: 'a letter or `_`, then letters, digits and `_.-`',
  }),
  value: described(argument(), {
    description: 'The value of the variable. The service expands nothing in it.',
    source: 'OCI config.md, Process; execve(2) allows 128 KiB',
  }),
});

/** The process of a task. */
export const process = z.strictObject({
  entrypoint: optional(list(argument(), 1024).check(z.minLength(1)), {
    description: 'The program, and the arguments before `args`.',
    source: 'OCI image config.md, Entrypoint; ECS ContainerDefinition, entryPoint',
    absent: 'the entrypoint of the image, else `args` begin with the program',
  }),
  args: optional(list(argument(), 1024).check(z.minLength(1)), {
    title: 'Arguments',
    description:
      'The arguments of the entrypoint. If no entrypoint is set, the program and its arguments. No shell interprets them.',
    source: 'OCI config.md, Process; OCI image config.md, Cmd; execve(2) allows 128 KiB each',
    absent: 'the arguments of the image, else none',
  }),
  cwd: optional(absolutePath(), {
    title: 'Working directory',
    description: 'The working directory.',
    source: 'OCI config.md, Process; PATH_MAX of Linux; the default is that of Docker',
    bounds: 'absolute',
  }),
  env: optional(list(variable, 256).check(uniqueBy(({ name }) => name, 'names a variable twice')), {
    title: 'Environment',
    description: 'The environment variables.',
    source: 'OCI config.md, Process; ECS KeyValuePair',
    bounds: 'no name twice',
  }),
  user: optional(user, {
    description: 'The user and the groups of the process, each by number or by name.',
    source: 'OCI config.md, User',
  }),
  terminal: optional(z.boolean(), {
    description: 'Whether the process has a terminal.',
    source: 'OCI config.md, Process',
  }),
  capabilities: optional(capabilityChanges, {
    description: 'The differences from the default capabilities.',
    source: 'capabilities(7)',
  }),
  // Programs that do not expect to be process 1 leave zombies, and do not stop on TERM.
  init: optional(z.boolean(), {
    title: 'Init process',
    description:
      'Whether process 1 is an init process, which reaps orphaned processes. Otherwise the program itself is process 1, and cannot see other tasks.',
    source: 'Docker Engine API, HostConfig, Init; ECS LinuxParameters, initProcessEnabled',
  }),
  // The default keeps programs such as su and sudo working, and is the only one that Fargate can keep.
  noNewPrivileges: optional(z.boolean(), {
    description: 'Whether the process cannot gain privileges by running a program, such as a setuid program.',
    source: 'OCI config.md, Linux process; PR_SET_NO_NEW_PRIVS of prctl(2)',
  }),
  rlimits: optional(rlimits, {
    title: 'Resource limits',
    description: 'The resource limits of the process.',
    source: 'OCI config.md, POSIX process; ECS Ulimit',
    bounds: 'no type twice',
  }),
});
