import { defined } from '../../lib/defined.ts';

/** A JSON Schema (draft 2020-12), with the keywords of the document. */
export interface ApiSchema {
  readonly $ref?: string;
  readonly $schema?: string;
  readonly $id?: string;
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, ApiSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | ApiSchema;
  readonly propertyNames?: ApiSchema;
  readonly items?: ApiSchema;
  readonly anyOf?: readonly ApiSchema[];
  readonly oneOf?: readonly ApiSchema[];
  readonly discriminator?: {
    readonly propertyName: string;
    readonly mapping: Readonly<Record<string, string>>;
  };
  readonly examples?: readonly unknown[];
  readonly uniqueItems?: boolean;
  readonly maxProperties?: number;
  readonly source?: string;
  readonly bounds?: string;
  readonly absent?: string;
}

/** A reference to the schema of this name. */
export const pointer = (name: string): { readonly $ref: string } => ({
  $ref: `#/components/schemas/${name}`,
});

/** The name in a reference. */
export const nameOf = ({ $ref = '' }: ApiSchema): string => $ref.split('/').at(-1) ?? '';

export const mapValues = <T>(record: Readonly<Record<string, T>>, change: (value: T, key: string) => T) =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));

/** Applies `change` to every direct subschema. */
const within = (
  { properties, items, anyOf, oneOf, additionalProperties, ...schema }: ApiSchema,
  change: (part: ApiSchema) => ApiSchema,
): ApiSchema => ({
  ...schema,
  ...defined({
    properties: properties && mapValues(properties, change),
    items: items && change(items),
    anyOf: anyOf?.map(change),
    oneOf: oneOf?.map(change),
    additionalProperties:
      additionalProperties === undefined
        ? undefined
        : typeof additionalProperties === 'object'
          ? change(additionalProperties)
          : additionalProperties,
  }),
});

/** The default of a value, in words. */
export const toldDefault = ({ default: value }: ApiSchema): string => {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return '';
  return ` Default: \`${typeof value === 'string' ? value : JSON.stringify(value)}\`.`;
};

/** States defaults in words, because generators treat a field with a default as always present, even in requests. */
export const withoutDefaults = (schema: ApiSchema): ApiSchema => {
  const { default: _, ...rest } = within(schema, withoutDefaults);
  const told = toldDefault(schema);
  return told === '' ? rest : { ...rest, description: `${schema.description ?? ''}${told}`.trim() };
};

const MAX_INT32 = 2 ** 31 - 1;
const isExact = (bound: number | undefined): bound is number =>
  bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER;

/** The format of a number. */
const sizeOf = ({ type, format, enum: values, const: only, maximum = Infinity }: ApiSchema) =>
  type === 'integer' && !values && only === undefined ? (maximum > MAX_INT32 ? 'int64' : 'int32') : format;

/**
 * Removes facts that help neither people nor generators: calendar patterns except their ends, bounds of every integer, and facts for the page on
 * specifications. The description of a nullable member moves to the whole.
 */
export const simplified = (schema: ApiSchema): ApiSchema => {
  const {
    pattern,
    minimum,
    maximum,
    source: _,
    bounds: __,
    absent: ___,
    ...rest
  } = within(schema, simplified);
  const [one, none] = rest.anyOf ?? [];
  const { description, ...bare } = one ?? {};
  return {
    ...rest,
    ...(none?.type === 'null' && description !== undefined
      ? { description: rest.description ?? description, anyOf: [bare, none] }
      : {}),
    ...defined({
      format: sizeOf(schema),
      pattern: pattern && schema.format === 'date-time' ? 'Z$' : pattern,
      minimum: isExact(minimum) ? minimum : undefined,
      maximum: isExact(maximum) ? maximum : undefined,
    }),
  };
};

/** Permits additions of later versions: no answer is closed. */
export const opened = (schema: ApiSchema): ApiSchema => {
  const { additionalProperties, ...rest } = within(schema, opened);
  return additionalProperties === undefined || additionalProperties === false
    ? rest
    : { ...rest, additionalProperties };
};

/** A merge patch of the schema: nothing is required, and null removes a field. */
export const patchOf = (schema: ApiSchema): ApiSchema => {
  const { required: _, default: __, properties, additionalProperties, ...rest } = schema;
  const nullable = (field: ApiSchema): ApiSchema => ({ anyOf: [patchOf(field), { type: 'null' }] });
  return {
    ...rest,
    ...defined({
      properties: properties && mapValues(properties, nullable),
      additionalProperties:
        additionalProperties === undefined
          ? undefined
          : typeof additionalProperties === 'object'
            ? nullable(additionalProperties)
            : additionalProperties,
    }),
  };
};
