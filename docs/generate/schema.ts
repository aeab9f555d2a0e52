import * as z from 'zod/mini';
import { defined } from '../../lib/defined.ts';
import { executorSpecDefaults } from '../../lib/element/executor-defaults.ts';
import { executorSpec } from '../../lib/element/executor-spec.ts';
import { imageSpec } from '../../lib/element/image-spec.ts';
import { logSpec, logSpecDefaults } from '../../lib/element/log-spec.ts';
import { taskSpecDefaults } from '../../lib/element/task-spec/defaults.ts';
import { taskSpec } from '../../lib/element/task-spec.ts';
import { facts } from '../../lib/facts.ts';
import type { KindThat } from '../../lib/kind/index.ts';
import { type ApiSchema, mapValues } from './openapi-schema.ts';

const { process, stop, healthCheck } = taskSpecDefaults;

/** What holds where neither an image nor the task on it says anything: what holds of the task. */
const imageSpecDefaults = {
  process: { env: process.env, cwd: process.cwd, user: process.user },
  stop,
  healthCheck,
  labels: {},
  ports: [],
  volumes: [],
  unexpressed: [],
};

/** What elements say of themselves, and what holds where they say nothing. */
export const specifications = {
  TaskSpec: { schema: taskSpec, defaults: taskSpecDefaults },
  ImageSpec: { schema: imageSpec, defaults: imageSpecDefaults },
  ExecutorSpec: {
    schema: executorSpec,
    defaults: { ...executorSpecDefaults, resources: taskSpecDefaults.resources },
  },
  LogSpec: { schema: logSpec, defaults: logSpecDefaults },
} as const satisfies Record<`${Capitalize<KindThat<{ hasSpec: true }>>}Spec`, object>;

/** The JSON Schema (draft 2020-12) of what is asked, with what is to be known of each field in it. */
export const describe = (schema: z.ZodMiniType): ApiSchema =>
  z.toJSONSchema(schema, { metadata: facts, io: 'input' }) as ApiSchema;

const withDefaults = (schema: ApiSchema, defaults: unknown): ApiSchema =>
  schema.properties
    ? {
        ...schema,
        properties: mapValues(schema.properties, (field, name) =>
          withDefaults(field, (defaults as Readonly<Record<string, unknown>> | undefined)?.[name]),
        ),
      }
    : { ...schema, ...defined({ default: defaults }) };

/**
 * The JSON Schema of a specification, with what is to be known of its fields. Rules between fields, that the items of a list have a name
 * each, and that text is well-formed are not in it.
 */
export const describeSpec = (name: keyof typeof specifications): ApiSchema => {
  const { schema, defaults } = specifications[name];
  const { $schema: _, ...described } = describe(schema);
  return withDefaults(described, defaults);
};
