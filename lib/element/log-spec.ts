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
  absent: 'the region of the executor',
};

const cloudwatch = z.strictObject({
  group: described(z.string().check(z.regex(/^[A-Za-z0-9_./#-]{1,512}$/, 'must be a log group name')), {
    description: 'The name of the log group.',
    source: 'CloudWatch Logs CreateLogGroup',
    bounds: '1 to 512 letters, digits and `_./#-`',
  }),
  region: optional(region, { description: 'The AWS Region of the log group.', ...REGION }),
  streamPrefix: optional(
    z.string().check(wellFormed, z.regex(/^[^:*]{1,255}$/, 'must be a log stream prefix')),
    {
      description: 'The prefix of the names of log streams.',
      source: 'CloudWatch Logs CreateLogStream; `awslogs-stream-prefix` of ECS LogConfiguration',
      bounds: '1 to 255 characters other than `:` and `*`',
      absent: 'chosen by the executor',
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
        'The path of the file, relative to the directory in which the runner keeps the logs of this location.',
      source: 'POSIX, 3.265 Portable Filename; NAME_MAX of Linux, less the numbers of further files',
      bounds: 'letters, digits and `._-/`; no part begins with `.` or `-`',
    },
  ),
  maxSizeKiB: optional(integer(1, 2 ** 30), {
    description: 'The size of a file in KiB after which the runner starts another file.',
    source: '`max-size` of Docker’s json-file driver, and its default',
    absent: 'no limit',
  }),
  maxFiles: optional(integer(1, 1000), {
    description: 'The number of files that the runner keeps, including the current one.',
    source: '`max-file` of Docker’s json-file driver, and its default',
  }),
});

const s3 = z.strictObject({
  bucket: described(
    z.string().check(z.regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of a bucket')),
    {
      description: 'The name of the bucket.',
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
      description: 'The prefix of the keys of objects, such as `logs/`.',
      source: 'Amazon S3, object key naming guidelines: safe characters',
      bounds: "1 to 255 letters, digits and `!-_.*'()/`, the first no `/`",
      absent: 'keys begin with the name of the executor',
    },
  ),
  region: optional(region, { description: 'The AWS Region of the bucket.', ...REGION }),
});

const service = z.strictObject({
  retentionDays: optional(integer(1, 3_650), {
    description: 'The number of days for which the service keeps lines.',
    source: '`retentionInDays` of CloudWatch Logs PutRetentionPolicy',
  }),
  maxSizeMiB: optional(integer(1, 10_240), {
    description:
      'The size in MiB that the service keeps of each stream of an attempt. The service discards later lines, and a line of the log says so.',
    source: '`max-size` of Docker’s json-file driver',
  }),
});

/** The specification of a log: its one destination. */
export const logSpec = z
  .strictObject({
    cloudwatch: optional(cloudwatch, {
      description: 'A CloudWatch log group that gets the lines. It excludes other destinations.',
      source: '`awslogs` of ECS LogConfiguration',
    }),
    file: optional(file, {
      description: 'Files of the runner that get the lines. They exclude other destinations.',
      source: 'Docker’s json-file driver',
    }),
    s3: optional(s3, {
      description: 'An S3 bucket whose objects get the lines. It excludes other destinations.',
      source: 'Amazon S3 PutObject',
    }),
    service: optional(service, {
      description:
        'The settings with which the service keeps the lines. The service is also the destination if none is named.',
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
