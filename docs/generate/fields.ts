import type { ApiSchema } from './openapi-schema.ts';
import { defaultOf } from './schema.ts';

/** A field of a specification, as the reference tells of it. */
export interface Field {
  /** `process.env[].name` */
  readonly path: string;
  readonly type: string;
  readonly bounds: string;
  readonly default: string;
  readonly description: string;
  readonly source: string;
}

/** More values than these are a list of their own, which the field's bounds name. */
const SHORT_LIST = 8;

const figure = (value: number): string => value.toLocaleString('en-US');

const range = (min: number | undefined, max: number | undefined, unit: string): string[] => {
  if (max === undefined) return [];
  return [`${min === undefined ? 'up to' : `${figure(min)} to`} ${figure(max)}${unit}`];
};

const values = ({ type, enum: closed = [] }: ApiSchema): string[] => {
  const all = type === 'boolean' ? ['true', 'false'] : closed;
  return all.length === 0 || all.length > SHORT_LIST ? [] : [all.map((value) => `\`${value}\``).join(', ')];
};

const boundsOf = (field: ApiSchema): string[] => [
  ...range(field.minimum, field.maximum, ''),
  ...range(field.minLength, field.maxLength, ' characters'),
  ...range(field.minItems, field.maxItems, ' items'),
  ...(field.items ? boundsOf(field.items).map((bound) => `each ${bound}`) : []),
  ...range(undefined, field.maxProperties, ' entries'),
  ...values(field),
  ...(field.uniqueItems ? ['none twice'] : []),
  ...(field.bounds === undefined ? [] : [field.bounds]),
];

const typeOf = ({ type = '', items, additionalProperties }: ApiSchema): string => {
  if (items) return `${typeOf(items)}[]`;
  return typeof additionalProperties === 'object' ? `map of ${typeOf(additionalProperties)}` : type;
};

/** Every field below an object, each before what is below itself. */
export const fieldsOf = (schema: ApiSchema, defaults: unknown, below = ''): Field[] =>
  Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const path = `${below}${name}`;
    const value = defaultOf(defaults, name);
    const fallback = value === undefined ? (field.absent ?? '') : `\`${JSON.stringify(value)}\``;
    return [
      {
        path,
        type: typeOf(field),
        bounds: boundsOf(field).join('; '),
        default: schema.required?.includes(name) ? 'required' : field.properties ? '' : fallback,
        description: field.description ?? '',
        source: field.source ?? '',
      },
      ...fieldsOf(field, value, `${path}.`),
      ...(field.items ? fieldsOf(field.items, undefined, `${path}[].`) : []),
    ];
  });
