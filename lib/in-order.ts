import type * as z from 'zod/mini';
import { isObject } from './is-object.ts';

/**
 * The parts of a schema that determine the order of members: an object's, a list's, those of alternatives, and
 * those of a wrapped schema.
 */
type Def = {
  readonly shape?: Readonly<Record<string, Schema>>;
  readonly element?: Schema;
  readonly options?: readonly Schema[];
  readonly innerType?: Schema;
};
type Schema = { readonly _zod: { readonly def: object } };

const put = ({ _zod }: Schema, value: unknown): unknown => {
  const { shape, element, options, innerType } = _zod.def as Def;
  const inner = innerType ?? options?.[0];
  if (inner) return put(inner, value);
  if (Array.isArray(value)) return element ? value.map((item) => put(element, item)) : value;
  if (!shape || Object.keys(shape).length === 0 || !isObject(value)) return value;
  const others = Object.keys(value).filter((name) => !Object.hasOwn(shape, name));
  return Object.fromEntries(
    [...Object.keys(shape), ...others.sort()].flatMap((name) => {
      const [found, schema] = [value[name], Object.hasOwn(shape, name) ? shape[name] : undefined];
      return found === undefined ? [] : [[name, schema ? put(schema, found) : found]];
    }),
  );
};

/**
 * The value with its members in the order of the schema, which is the order of the documents, since a store
 * answers the keys of a map in any order. Of alternatives, the first that fits counts. Members that the schema
 * does not name come last, by name; if it names none, their order stays. Undefined members are removed.
 */
export const inOrder = <T>(schema: z.ZodMiniType, value: T): T => put(schema, value) as T;
