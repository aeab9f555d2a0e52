import * as z from 'zod/mini';
import { optional } from '../facts.ts';
import type { Frozen } from '../shown.ts';
import { resources } from './task-spec.ts';

/** The specification of an executor: what holds for all that it runs. */
export const executorSpec = z.strictObject({
  hostname: optional(
    z
      .string()
      .check(
        z.regex(/^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/, 'must be a host name label (RFC 1123)'),
      ),
    {
      description: 'Host name that its tasks see.',
      source: 'OCI config.md, Hostname; RFC 1123, section 2.1',
      bounds: '1 to 63 letters, digits and inner hyphens',
      absent: 'as the runtime has it',
    },
  ),
  resources: z.optional(resources),
});
export type ExecutorSpec = Frozen<z.infer<typeof executorSpec>>;
