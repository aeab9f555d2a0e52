import * as z from 'zod/mini';
import { defined } from '../../lib/defined.ts';
import { taskSpecDefaults } from '../../lib/element/task-spec/defaults.ts';
import { taskSpec } from '../../lib/element/task-spec.ts';
import { type Facts, facts } from '../../lib/facts.ts';

/** A JSON Schema of one of our specifications. */
export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly maxProperties?: number;
}

/** A JSON Schema, with what is known of each field in it. */
export interface Described extends JsonSchema, Partial<Pick<Facts, 'source' | 'bounds' | 'absent'>> {
  readonly properties?: Readonly<Record<string, Described>>;
  readonly items?: Described;
}

export const describe = (schema: z.ZodMiniType): Described =>
  z.toJSONSchema(schema, { metadata: facts, io: 'input' }) as Described;

/** What an object of defaults says of a field of the object. */
export const defaultOf = (defaults: unknown, name: string): unknown =>
  (defaults as Readonly<Record<string, unknown>> | undefined)?.[name];

const plain = (described: Described, defaults: unknown): JsonSchema => {
  const { source: _, bounds: __, absent: ___, properties, items, ...schema } = described;
  if (properties) {
    const fields = Object.entries(properties).map(([name, field]) => [
      name,
      plain(field, defaultOf(defaults, name)),
    ]);
    return { ...schema, properties: Object.fromEntries(fields) };
  }
  return { ...schema, ...defined({ items: items && plain(items, undefined), default: defaults }) };
};

/**
 * The JSON Schema (draft 2020-12) of a specification. Rules between fields, that the items of a list
 * have a name each, and that text is well-formed are not in it.
 */
export const specJsonSchema = (schema: z.ZodMiniType, defaults: unknown): JsonSchema =>
  plain(describe(schema), defaults);

export const taskSpecJsonSchema = (): JsonSchema => specJsonSchema(taskSpec, taskSpecDefaults);
