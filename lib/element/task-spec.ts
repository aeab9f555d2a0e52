import * as z from 'zod/mini';
import { optional } from '../facts.ts';
import type { Frozen } from '../shown.ts';
import { signal } from './signal.ts';
import { deadlines } from './task-spec/deadlines.ts';
import { healthCheck } from './task-spec/health-check.ts';
import { logging } from './task-spec/logging.ts';
import { process } from './task-spec/process.ts';
import { resources } from './task-spec/resources.ts';
import { restart } from './task-spec/restart.ts';
import { secrets } from './task-spec/secret.ts';
import { tmpfs } from './task-spec/tmpfs.ts';
import { text } from './task-spec/value.ts';

export { resources };

const interaction = z.strictObject({
  attach: optional(z.boolean(), {
    description: 'Whether clients may attach to the streams of the task.',
    source: 'Docker Engine API, ContainerConfig, AttachStdin and its default',
  }),
  openStdin: optional(z.boolean(), {
    title: 'Keep standard input open',
    description: 'Whether standard input stays open while no client is attached.',
    source: 'Docker Engine API, ContainerConfig, and its default',
  }),
  stdinOnce: optional(z.boolean(), {
    title: 'Close standard input with the first client',
    description: 'Whether standard input closes when the first client leaves.',
    source: 'Docker Engine API, ContainerConfig, and its default',
  }),
});

export const stop = z.strictObject({
  signal: optional(signal, {
    description: 'The signal that asks the task to end.',
    source: 'signal(7); OCI image config.md, StopSignal; the default is that of ECS StopTask',
    bounds: 'a [signal](#signals), with or without `SIG`',
  }),
});

const root = z.strictObject({
  readOnly: optional(z.boolean(), {
    description: 'Whether the task sees the root filesystem read-only.',
    source: 'OCI config.md, Root, and its default',
  }),
});

const MAX_ANNOTATIONS = 64;

const annotations = z
  .record(text(256).check(z.minLength(1)), text(4096), {
    error: ({ code }) =>
      code === 'invalid_key' ? 'must have a key of 1 to 256 characters, without NUL' : undefined,
  })
  .check(
    z.refine((map) => Object.keys(map).length <= MAX_ANNOTATIONS, `has at most ${MAX_ANNOTATIONS} entries`),
  );

/**
 * The specification of a task. Names follow the OCI runtime specification (config.md). Every field is optional,
 * since a task may inherit it, and a task may be metadata only. A rule between two fields applies only if both
 * are set, so a child's own part never breaks a rule that the merged specification keeps.
 */
export const taskSpec = z
  .strictObject({
    process: optional(process, { description: 'The process of the task.', source: 'OCI config.md, Process' }),
    secrets: optional(secrets, {
      description: 'References to the secrets that the process needs.',
      source: 'ECS Secret',
      bounds: 'no name twice; no name of a variable in `process.env`',
    }),
    interaction: optional(interaction, {
      description: 'Which sessions clients may open with the running task.',
      source: 'Docker Engine API, ContainerConfig',
    }),
    resources: z.optional(resources),
    deadlines: optional(deadlines, {
      description: 'The times after which the task may not start or run.',
      source: 'ECS ContainerDefinition',
    }),
    restart: optional(restart, {
      description: 'Whether and when the service restarts the task.',
      source: 'Docker restart policies; ECS ContainerRestartPolicy',
    }),
    stop: optional(stop, {
      description: 'The settings with which the engine stops the task.',
      source: 'OCI image config.md',
    }),
    logging: optional(logging, {
      description: 'The destinations of the task’s output.',
      source: 'ECS LogConfiguration',
    }),
    root: optional(root, {
      title: 'Root filesystem',
      description: 'The task’s view of the root filesystem.',
      source: 'OCI config.md, Root',
    }),
    tmpfs: optional(tmpfs, {
      title: 'Directories in memory',
      description:
        'Directories in memory. They are empty at each start, and the engine removes them at the end.',
      source: 'Docker Engine API, HostConfig, Tmpfs; ECS Tmpfs',
      bounds: 'no path twice',
    }),
    healthCheck: optional(healthCheck, {
      description: 'The health check of the task.',
      source: 'ECS HealthCheck',
    }),
    annotations: optional(annotations, {
      description: 'Annotations of the owner for the runner. The owner may change them later.',
      source: 'OCI config.md, Annotations',
      bounds: 'keys of 1 to 256 characters, values of up to 4,096',
      maxProperties: MAX_ANNOTATIONS,
    }),
  })
  .check(
    z.refine(
      ({ process: { env = [] } = {}, secrets = [] }) => {
        const variables = new Set(env.map(({ name }) => name));
        return !secrets.some(({ name, target }) => target === 'env' && variables.has(name));
      },
      { path: ['secrets'], message: 'must not name a variable of `process.env`' },
    ),
  );
export type TaskSpec = Frozen<z.infer<typeof taskSpec>>;
