import { type ApiSchema, nameOf } from './openapi-schema.ts';
import { row } from './table.ts';

/** Longer lists of values are shown with the field. */
export const SHORT_LIST = 8;

/** A link to the heading of this name. */
export const linkTo = (name: string): string => `[\`${name}\`](#${name.toLowerCase()})`;

const figure = (value: number): string => value.toLocaleString('en-US');

/** A range in words, with a leading blank. */
export const range = (min: number | undefined, max: number | undefined, unit: string): string => {
  if (max === undefined) return min === undefined ? '' : ` from ${figure(min)}`;
  return ` ${min === undefined ? 'up to' : `${figure(min)} to`} ${figure(max)}${unit}`;
};

const single = (schema: ApiSchema): string => {
  const { type, format, minimum, maximum, minLength, maxLength } = schema;
  if (format === 'date-time') return 'time';
  const bounds = `${range(minimum, maximum, '')}${range(minLength, maxLength, ' characters')}`;
  return `${type ?? 'anything'}${bounds}`;
};

/** The type of a value, in words. */
export const typeOf = (schema: ApiSchema): string => {
  const { $ref, const: value, enum: values, items, anyOf, oneOf, additionalProperties } = schema;
  if ($ref !== undefined) {
    const name = nameOf(schema);
    // A patch is described by its target.
    const [, of = name] = /^(\w+Spec)Patch$/.exec(name) ?? [];
    return linkTo(of);
  }
  if (value !== undefined) return `\`${JSON.stringify(value)}\``;
  if (values) {
    return values.length > SHORT_LIST ? 'string' : values.map((each) => `\`${each}\``).join(', ');
  }
  if (items) return `list of ${typeOf(items)}`;
  const variants = anyOf ?? oneOf;
  if (variants) return [...new Set(variants.map(typeOf))].join(' or ');
  if (typeof additionalProperties === 'object' && !schema.properties) {
    return `map of ${typeOf(additionalProperties)}`;
  }
  return single(schema);
};

interface Found {
  readonly path: string;
  readonly schema: ApiSchema;
  readonly always: boolean;
}

/** Every field below a schema, each before its own fields; common fields of several variants once. */
export const fieldsIn = (schema: ApiSchema, below = ''): Found[] => {
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const path = `${below}${name}`;
    return [
      { path, schema: field, always: schema.required?.includes(name) === true },
      ...fieldsIn(field, `${path}.`),
    ];
  });
  const variants = (schema.anyOf ?? schema.oneOf ?? []).map((variant) => fieldsIn(variant, below));
  const [first = [], ...others] = variants;
  const shared = first.filter(({ path }) =>
    others.every((each) => each.some((field) => field.path === path)),
  );
  const inVariants = variants.flat().map((field) => ({
    ...field,
    always: field.always && (variants.length === 1 || shared.some(({ path }) => path === field.path)),
  }));
  const inItems = schema.items ? fieldsIn(schema.items, `${below.replace(/\.$/, '')}[].`) : [];
  return [...own, ...inVariants, ...inItems];
};

/** The rows of a table of fields. */
export const fieldRows = (schema: ApiSchema): string[] => {
  const paths = new Map<string, Found[]>();
  for (const field of fieldsIn(schema)) {
    paths.set(field.path, [...(paths.get(field.path) ?? []), field]);
  }
  return [...paths].map(([path, found]) => {
    const types = [...new Set(found.map((field) => typeOf(field.schema)))].join(', ');
    const [first] = found as [Found];
    return row([
      `\`${path}\``,
      types,
      found.every(({ always }) => always) ? 'yes' : '',
      first.schema.description ?? '',
    ]);
  });
};
