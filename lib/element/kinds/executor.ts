import * as z from 'zod/mini';
import type { KindRules } from '../kind-rules.ts';
import { resources } from '../task-spec.ts';

/** Something a composition is joined to: a container, or what will become one. */
export const executor: KindRules = {
  called: 'an executor',
  parents: ['executor'],
  data: 'none',
  replaceable: false,
  hasSpace: false,
  fromScratch: false,
  inheritsSpec: false,
  spec: z.strictObject({
    hostname: z.optional(
      z
        .string()
        .check(
          z.regex(/^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/, 'must be a host name label (RFC 1123)'),
        ),
    ),
    resources: z.optional(resources),
  }),
  changeable: ['resources'],
};
