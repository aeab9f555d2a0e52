import type * as z from 'zod/mini';
import { isObject } from './is-object.ts';

/** As far as the order of members goes: what an object has, a list has, several could be, or something else stands around. */
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
 * The same with its members in the order in which the schema has them, since a store answers those of a map in any: the same in which
 * documents tell them. Of several that it could be, the first is asked. What the schema does not name comes last, by name,
 * and where it names nothing all stays as it is; what is undefined is left out.
 */
export const inOrder = <T>(schema: z.ZodMiniType, value: T): T => put(schema, value) as T;
