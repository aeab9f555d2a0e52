import * as z from 'zod/mini';
import { described, type Facts, optional } from '../facts.ts';
import type { Frozen } from '../shown.ts';
import { wellFormed } from '../validation.ts';
import { LOG_FILE, MAX_LOG_FILE } from './log-file.ts';
import { integer } from './task-spec/value.ts';

const region = z.string().check(z.maxLength(32), z.regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be an AWS region'));
const REGION: Facts = {
  source: 'AWS General Reference, Regional endpoints',
  bounds: 'such as `eu-central-1`',
  absent: 'where the executor is',
};

const cloudwatch = z.strictObject({
  group: described(z.string().check(z.regex(/^[A-Za-z0-9_./#-]{1,512}$/, 'must be a log group name')), {
    description: 'Log group.',
    source: 'CloudWatch Logs CreateLogGroup',
    bounds: '1 to 512 letters, digits and `_./#-`',
  }),
  region: optional(region, { description: 'Region of the group.', ...REGION }),
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
  path: described(
    z
      .string()
      .check(
        z.maxLength(MAX_LOG_FILE),
        z.regex(
          LOG_FILE,
          'must be a relative name such as `app/today.log`: letters, digits and `._-`, no part beginning with `.` or `-`',
        ),
      ),
    {
      description:
        'Name of the file, below the directory in which the runner keeps the logs of the log’s location.',
      source: 'POSIX, 3.265 Portable Filename; NAME_MAX of Linux, less the numbers of further files',
      bounds: 'letters, digits and `._-/`; no part begins with `.` or `-`',
    },
  ),
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

const s3 = z.strictObject({
  bucket: described(
    z.string().check(z.regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of a bucket')),
    {
      description: 'Bucket.',
      source: 'Amazon S3, bucket naming rules',
      bounds: '3 to 63 lower-case letters, digits and inner `.-`',
    },
  ),
  prefix: optional(
    z
      .string()
      .check(
        z.regex(
          /^[A-Za-z0-9!_.*'()-][A-Za-z0-9!_.*'()/-]{0,254}$/,
          "must be letters, digits and `!-_.*'()/`, the first no `/`",
        ),
      ),
    {
      description: 'How the keys of its objects begin; `logs/` for a folder.',
      source: 'Amazon S3, object key naming guidelines: safe characters',
      bounds: "1 to 255 letters, digits and `!-_.*'()/`, the first no `/`",
      absent: 'keys begin with the executor',
    },
  ),
  region: optional(region, { description: 'Region of the bucket.', ...REGION }),
});

const service = z.strictObject({
  retentionDays: optional(integer(1, 3_650), {
    description: 'Days for which lines are kept.',
    source: '`retentionInDays` of CloudWatch Logs PutRetentionPolicy',
  }),
  maxSizeMiB: optional(integer(1, 10_240), {
    description: 'MiB that are kept of each stream of an attempt; what follows is not, and a line says so.',
    source: '`max-size` of Docker’s json-file driver',
  }),
});

/** The specification of a log: its one destination. */
export const logSpec = z
  .strictObject({
    cloudwatch: optional(cloudwatch, {
      description: 'Lines go to a CloudWatch log group. The only destination.',
      source: '`awslogs` of ECS LogConfiguration',
    }),
    file: optional(file, {
      description: 'Lines go to files of the runner. The only destination.',
      source: 'Docker’s json-file driver',
    }),
    s3: optional(s3, {
      description: 'Lines go to objects of an S3 bucket. The only destination.',
      source: 'Amazon S3 PutObject',
    }),
    service: optional(service, {
      description: 'Lines are kept by the service, which also keeps them where no destination is named.',
      source: 'Taskport, ADR 38',
    }),
  })
  .check(
    z.refine(
      (spec) => Object.values(spec).filter((destination) => destination !== undefined).length <= 1,
      'names one destination, not several',
    ),
  );
export type LogSpec = Frozen<z.infer<typeof logSpec>>;

/** The values of fields that a log does not set. */
export const logSpecDefaults = { file: { maxFiles: 1 }, service: { retentionDays: 30, maxSizeMiB: 256 } };
