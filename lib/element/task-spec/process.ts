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
    description: 'Name of the variable.',
    source: 'POSIX, 8.1 Environment Variable Definition; lower case, `.` and `-` are in use',
    bounds: 'a letter or `_`, then letters, digits and `_.-`',
  }),
  value: described(argument(), {
    description: 'Its value, as it is: nothing is expanded.',
    source: 'OCI config.md, Process; execve(2) allows 128 KiB',
  }),
});

/** The process of a task. */
export const process = z.strictObject({
  entrypoint: optional(list(argument(), 1024).check(z.minLength(1)), {
    description: 'Program, and the arguments that come before `args`.',
    source: 'OCI image config.md, Entrypoint; ECS ContainerDefinition, entryPoint',
    absent: 'that of the image, else `args` begin with the program',
  }),
  args: optional(list(argument(), 1024).check(z.minLength(1)), {
    title: 'Arguments',
    description:
      'Arguments of the entrypoint; program and arguments where there is none. No shell reads them.',
    source: 'OCI config.md, Process; OCI image config.md, Cmd; execve(2) allows 128 KiB each',
    absent: 'those of the image, else none',
  }),
  cwd: optional(absolutePath(), {
    title: 'Working directory',
    description: 'Working directory.',
    source: 'OCI config.md, Process; PATH_MAX of Linux; the default is that of Docker',
    bounds: 'absolute',
  }),
  env: optional(list(variable, 256).check(uniqueBy(({ name }) => name, 'names a variable twice')), {
    title: 'Environment',
    description: 'Environment.',
    source: 'OCI config.md, Process; ECS KeyValuePair',
    bounds: 'no name twice',
  }),
  user: optional(user, {
    description: 'Who runs: numbers, or a name.',
    source: 'OCI config.md, User',
  }),
  terminal: optional(z.boolean(), {
    description: 'Whether a terminal is attached.',
    source: 'OCI config.md, Process',
  }),
  capabilities: optional(capabilityChanges, {
    description: 'How privileges differ from the default ones.',
    source: 'capabilities(7)',
  }),
  // Programs that do not expect to be process 1 leave zombies, and do not stop on TERM.
  init: optional(z.boolean(), {
    title: 'Init process',
    description:
      'Whether process 1 is an init, which takes in what other processes leave behind. Otherwise the program itself is process 1, and sees no other task.',
    source: 'Docker Engine API, HostConfig, Init; ECS LinuxParameters, initProcessEnabled',
  }),
  // The default keeps programs such as su and sudo working, and is the only one that Fargate can keep.
  noNewPrivileges: optional(z.boolean(), {
    description: 'Whether running a program never gives more privileges than its caller has.',
    source: 'OCI config.md, Linux process; PR_SET_NO_NEW_PRIVS of prctl(2)',
  }),
  rlimits: optional(rlimits, {
    title: 'Resource limits',
    description: 'Limits of the process.',
    source: 'OCI config.md, POSIX process; ECS Ulimit',
    bounds: 'no type twice',
  }),
});
