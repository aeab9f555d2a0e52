import { fieldsIn, range, SHORT_LIST } from './api-type.ts';
import type { ApiSchema } from './openapi-schema.ts';

/** A field of a specification, for the reference. */
export interface Field {
  /** `process.env[].name` */
  readonly path: string;
  readonly type: string;
  readonly bounds: string;
  readonly default: string;
  readonly description: string;
  readonly source: string;
}

/** The possible values; a long list is named by the field's bounds. */
const valuesOf = ({ type, enum: closed = [] }: ApiSchema): string => {
  const all = type === 'boolean' ? [true, false] : closed;
  return all.length > SHORT_LIST ? '' : all.map((value) => `\`${value}\``).join(', ');
};

const boundsOf = (field: ApiSchema): string[] =>
  [
    range(field.minimum, field.maximum, ''),
    range(field.minLength, field.maxLength, ' characters'),
    range(field.minItems, field.maxItems, ' items'),
    ...(field.items ? boundsOf(field.items).map((bound) => `each ${bound}`) : []),
    range(undefined, field.maxProperties, ' entries'),
    valuesOf(field),
    field.uniqueItems ? 'none twice' : '',
    field.bounds ?? '',
  ]
    .map((bound) => bound.trim())
    .filter((bound) => bound !== '');

const typeOf = ({ type = '', items, additionalProperties }: ApiSchema): string => {
  if (items) return `${typeOf(items)}[]`;
  return typeof additionalProperties === 'object' ? `map of ${typeOf(additionalProperties)}` : type;
};

const defaultOf = ({ properties, default: value, absent = '' }: ApiSchema): string => {
  if (properties) return '';
  return value === undefined ? absent : `\`${JSON.stringify(value)}\``;
};

/** Every field below an object, each before its own fields. */
export const fieldsOf = (schema: ApiSchema): Field[] =>
  fieldsIn(schema).map(({ path, schema: field, always }) => ({
    path,
    type: typeOf(field),
    bounds: boundsOf(field).join('; '),
    default: always ? 'required' : defaultOf(field),
    description: field.description ?? '',
    source: field.source ?? '',
  }));
