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

/** Defaults if neither an image nor its task sets a field: those of the task. */
const imageSpecDefaults = {
  process: { env: process.env, cwd: process.cwd, user: process.user },
  stop,
  healthCheck,
  labels: {},
  ports: [],
  volumes: [],
  unexpressed: [],
};

/** The specifications of elements, with their defaults. */
export const specifications = {
  TaskSpec: { schema: taskSpec, defaults: taskSpecDefaults },
  ImageSpec: { schema: imageSpec, defaults: imageSpecDefaults },
  ExecutorSpec: {
    schema: executorSpec,
    defaults: { ...executorSpecDefaults, resources: taskSpecDefaults.resources },
  },
  LogSpec: { schema: logSpec, defaults: logSpecDefaults },
} as const satisfies Record<`${Capitalize<KindThat<{ hasSpec: true }>>}Spec`, object>;

/** The JSON Schema (draft 2020-12) of a request, with the facts about each field. */
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
 * The JSON Schema of a specification, with the facts about its fields. It does not contain rules between fields, unique names in lists, and
 * well-formed text.
 */
export const describeSpec = (name: keyof typeof specifications): ApiSchema => {
  const { schema, defaults } = specifications[name];
  const { $schema: _, ...described } = describe(schema);
  return withDefaults(described, defaults);
};
