import { defined } from '../../lib/defined.ts';

/** A JSON Schema (draft 2020-12) as the document has them. */
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

/** The schema of that name. */
export const pointer = (name: string): { readonly $ref: string } => ({
  $ref: `#/components/schemas/${name}`,
});

/** The name that a pointer points to. */
export const nameOf = ({ $ref = '' }: ApiSchema): string => $ref.split('/').at(-1) ?? '';

export const mapValues = <T>(record: Readonly<Record<string, T>>, change: (value: T, key: string) => T) =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));

/** Does something to every schema that stands directly in another. */
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

/** Says defaults in words: generators take a field that has one for one that is always there, in requests too. */
export const withoutDefaults = (schema: ApiSchema): ApiSchema => {
  const { default: _, ...rest } = within(schema, withoutDefaults);
  const told = toldDefault(schema);
  return told === '' ? rest : { ...rest, description: `${schema.description ?? ''}${told}`.trim() };
};

const MAX_INT32 = 2 ** 31 - 1;
const isExact = (bound: number | undefined): bound is number =>
  bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER;

/** How large a number may become. */
const sizeOf = ({ type, format, enum: values, const: only, maximum = Infinity }: ApiSchema) =>
  type === 'integer' && !values && only === undefined ? (maximum > MAX_INT32 ? 'int64' : 'int32') : format;

/**
 * Leaves out what adds nothing for people or generators: the calendar pattern except its end, the bounds of every integer, and facts for the page on
 * specifications alone. A description of a member that may be null becomes that of the whole.
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

/** Lets through what a later version adds: of what is answered nothing is closed. */
export const opened = (schema: ApiSchema): ApiSchema => {
  const { additionalProperties, ...rest } = within(schema, opened);
  return additionalProperties === undefined || additionalProperties === false
    ? rest
    : { ...rest, additionalProperties };
};

/** A merge patch of what the schema describes: nothing is required, and null takes a field away. */
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
