import * as z from 'zod/mini';
import { described, optional } from '../facts.ts';
import type { Frozen } from '../shown.ts';
import { healthCheck } from './task-spec/health-check.ts';
import { argument, process as taskProcess } from './task-spec/process.ts';
import { imageUser } from './task-spec/user.ts';
import { absolutePath, integer, list, text, uniqueBy } from './task-spec/value.ts';
import { stop } from './task-spec.ts';

/** The most bytes of a specification as JSON, since a composition stores it beside those of thirty tasks. */
export const MAX_IMAGE_SPEC = 64 * 1024;
const MAX_LABELS = 256;

/** A variable of an image. Any name is accepted, since users cannot correct an image. */
const variable = z.strictObject({
  name: described(
    z.string().check(z.maxLength(255), z.regex(/^[^=\0]+$/, 'must be a name, without `=` and NUL')),
    {
      description: 'The name of the variable.',
      source: 'OCI image config.md, Env',
      bounds: '1 to 255 characters without `=`',
    },
  ),
  value: described(argument(), {
    description: 'The value of the variable. The service expands nothing in it.',
    source: 'OCI image config.md, Env; execve(2) allows 128 KiB',
  }),
});

const process = z.strictObject({
  entrypoint: taskProcess.shape.entrypoint,
  args: taskProcess.shape.args,
  env: optional(list(variable, 256).check(uniqueBy(({ name }) => name, 'names a variable twice')), {
    description: 'The environment variables.',
    source: 'OCI image config.md, Env',
    bounds: 'no name twice',
  }),
  cwd: taskProcess.shape.cwd,
  user: optional(imageUser, {
    description: 'The user and the group of the process, each by number or by name.',
    source: 'OCI image config.md, User',
  }),
});

const port = z.strictObject({
  port: described(integer(1, 65_535), {
    description: 'The number of the port.',
    source: 'OCI image config.md, ExposedPorts',
  }),
  protocol: described(z.enum(['tcp', 'udp', 'sctp'], 'must be `tcp`, `udp` or `sctp`'), {
    description: 'The protocol of the port.',
    source: 'OCI image config.md, ExposedPorts',
  }),
});

/** The parts of a config that no field can express. */
const unexpressed = z.strictObject({
  field: described(text(64), {
    description: 'The field that would hold the setting.',
    source: 'Taskport',
    bounds: 'a path such as `process.user`',
  }),
  reason: described(text(1024), {
    description: 'The setting, and the reason why no field can hold it.',
    source: 'Taskport',
  }),
});

/** The configuration of an image, in the fields of the tasks that run on it. */
export const imageSpec = z
  .strictObject({
    process: optional(process, {
      description: 'The process of the tasks that run on the image.',
      source: 'OCI image config.md',
    }),
    stop: optional(stop, {
      description: 'The settings with which the engine stops the process.',
      source: 'OCI image config.md, StopSignal',
    }),
    // An image may have a check whose timeout exceeds its interval.
    healthCheck: optional(z.strictObject(healthCheck.shape), {
      description: 'The health check of the process.',
      source: 'Docker image specification 1.2, Healthcheck',
    }),
    labels: optional(
      z
        .record(text(256).check(z.minLength(1)), text(16_384), {
          error: ({ code }) =>
            code === 'invalid_key' ? 'must have a key of 1 to 256 characters, without NUL' : undefined,
        })
        .check(z.refine((map) => Object.keys(map).length <= MAX_LABELS, `has at most ${MAX_LABELS} entries`)),
      {
        description:
          'Labels from the author of the image. They are the initial annotations of a task that runs on it.',
        source: 'OCI image config.md, Labels',
        bounds: 'keys of 1 to 256 characters, values of up to 16,384',
        maxProperties: MAX_LABELS,
      },
    ),
    ports: optional(
      list(port, 256).check(uniqueBy(({ port, protocol }) => `${port}/${protocol}`, 'names a port twice')),
      {
        description: 'The ports on which the program listens. The list does not publish them.',
        source: 'OCI image config.md, ExposedPorts',
        bounds: 'no port twice',
      },
    ),
    volumes: optional(list(absolutePath(), 64).check(uniqueBy((path) => path, 'names a path twice')), {
      description: 'The directories to which the program writes data to keep. Mount a volume at each.',
      source: 'OCI image config.md, Volumes',
      bounds: 'absolute',
      uniqueItems: true,
    }),
    unexpressed: optional(list(unexpressed, 32), {
      description: 'The settings of the image config that no field can hold.',
      source: 'Taskport',
    }),
  })
  .check(
    z.refine(
      (spec) => Buffer.byteLength(JSON.stringify(spec)) <= MAX_IMAGE_SPEC,
      `has at most ${MAX_IMAGE_SPEC} bytes as JSON`,
    ),
  );
export type ImageSpec = Frozen<z.infer<typeof imageSpec>>;
