import { type ApiSchema, nameOf } from './openapi-schema.ts';

/** Fields that distinguish variants; the first that applies counts. */
const DISCRIMINATORS = ['code', 'detail-type', 'target', 'state'];

const valuesOf = ({ const: value, enum: values = value === undefined ? [] : [value] }: ApiSchema) =>
  values as readonly string[];

/** Names the field that distinguishes named variants, for generated clients. */
export const discriminated = (schema: ApiSchema, schemas: Readonly<Record<string, ApiSchema>>): ApiSchema => {
  const { anyOf, oneOf, ...rest } = schema;
  const variants = oneOf ?? anyOf ?? [];
  if (variants.length < 2 || variants.some(({ $ref }) => $ref === undefined)) return schema;
  const mappingBy = (name: string): [string, string][] =>
    variants.flatMap((variant) => {
      const field = schemas[nameOf(variant)]?.properties?.[name];
      return valuesOf(field ?? {}).map((value): [string, string] => [value, variant.$ref ?? '']);
    });
  const propertyName = DISCRIMINATORS.find(
    (name) => new Set(mappingBy(name).map(([, variant]) => variant)).size === variants.length,
  );
  if (propertyName === undefined) return schema;
  const mapping = Object.fromEntries(mappingBy(propertyName));
  return { ...rest, oneOf: variants, discriminator: { propertyName, mapping } };
};
