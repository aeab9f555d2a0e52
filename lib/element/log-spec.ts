import * as z from 'zod/mini';
import { wellFormed } from '../validation.ts';
import { described, optional } from './task-spec/field.ts';
import { absolutePath, integer } from './task-spec/value.ts';

const cloudwatch = z.strictObject({
  group: described(z.string().check(z.regex(/^[A-Za-z0-9_./#-]{1,512}$/, 'must be a log group name')), {
    description: 'Log group.',
    source: 'CloudWatch Logs CreateLogGroup',
    bounds: '1 to 512 letters, digits and `_./#-`',
  }),
  region: optional(
    z.string().check(z.maxLength(32), z.regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be an AWS region')),
    {
      description: 'Region of the group.',
      source: 'AWS General Reference, Regional endpoints',
      bounds: 'such as `eu-central-1`',
      absent: 'where the executor is',
    },
  ),
  streamPrefix: optional(
    z.string().check(wellFormed, z.regex(/^[^:*]{1,255}$/, 'must be a log stream prefix')),
    {
      description: 'How the names of its log streams begin.',
      source: 'CloudWatch Logs CreateLogStream; `awslogs-stream-prefix` of ECS LogConfiguration',
      bounds: '1 to 255 characters other than `:` and `*`',
      absent: 'as the executor names them',
    },
  ),
});

const file = z.strictObject({
  path: described(absolutePath(), {
    description: 'Path on the executor.',
    source: 'PATH_MAX of Linux',
    bounds: 'absolute',
  }),
  maxSizeKiB: optional(integer(1, 2 ** 30), {
    description: 'KiB after which another file is begun.',
    source: '`max-size` of Docker’s json-file driver, and its default',
    absent: 'no limit',
  }),
  maxFiles: optional(integer(1, 1000), {
    description: 'How many files are kept, the one being written included.',
    source: '`max-file` of Docker’s json-file driver, and its default',
  }),
});

/** The specification of a log: its one destination. */
export const logSpec = z
  .strictObject({
    cloudwatch: optional(cloudwatch, {
      description: 'Lines go to a CloudWatch log group. Not together with `file`.',
      source: '`awslogs` of ECS LogConfiguration',
    }),
    file: optional(file, {
      description: 'Lines go to files on the executor. Not together with `cloudwatch`.',
      source: 'Docker’s json-file driver',
    }),
  })
  .check(z.refine((spec) => !(spec.cloudwatch && spec.file), 'names one destination, not two'));
export type LogSpec = z.infer<typeof logSpec>;

/** What holds where a log says nothing. */
export const logSpecDefaults = { file: { maxFiles: 1 } };
