import * as z from 'zod/mini';
import { wellFormed } from '../../validation.ts';
import type { KindRules } from '../kind-rules.ts';

/** A place that output goes to. */
export const log: KindRules = {
  called: 'a log',
  parents: [],
  data: 'none',
  replaceable: false,
  hasSpace: false,
  fromScratch: false,
  inheritsSpec: false,
  spec: z
    .strictObject({
      /** Lines to a CloudWatch log group. */
      cloudwatch: z.optional(
        z.strictObject({
          group: z.string().check(z.regex(/^[A-Za-z0-9_./#-]{1,512}$/, 'must be a log group name')),
          region: z.optional(z.string().check(z.regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be an AWS region'))),
          streamPrefix: z.optional(
            z.string().check(wellFormed, z.regex(/^[^:*]{1,255}$/, 'must be a log stream prefix')),
          ),
        }),
      ),
      /** Lines to files on the executor. */
      file: z.optional(
        z.strictObject({
          path: z
            .string()
            .check(z.maxLength(4096), wellFormed, z.regex(/^\/[^\0]*$/, 'must be an absolute path')),
          maxSizeKiB: z.optional(z.int().check(z.minimum(1), z.maximum(2 ** 30))),
          maxFiles: z.optional(z.int().check(z.minimum(1), z.maximum(1000))),
        }),
      ),
    })
    .check(z.refine((spec) => !(spec.cloudwatch && spec.file), 'names one destination, not two')),
  changeable: [],
};
