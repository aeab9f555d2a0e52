/**
 * The order in which the members of something are shown, the same as the documents tell them in: all of its names, each with the
 * order of what stands in it where that is to have one too. A name that is missing does not compile.
 */
export type Order<T> = {
  readonly [K in keyof T]-?:
    | true
    | Order<NonNullable<T[K]> extends readonly (infer I)[] ? I : NonNullable<T[K]>>;
};

type Names = { readonly [name: string]: true | Names };

const put = (order: Names, value: unknown): unknown => {
  if (Array.isArray(value)) return value.map((item) => put(order, item));
  if (typeof value !== 'object' || value === null) return value;
  const found = value as Readonly<Record<string, unknown>>;
  const names = [...Object.keys(order).filter((name) => found[name] !== undefined)];
  const others = Object.keys(found).filter((name) => !Object.hasOwn(order, name));
  return Object.fromEntries(
    [...names, ...others.sort()].map((name) => {
      const within = Object.hasOwn(order, name) ? order[name] : true;
      return [name, within === true || within === undefined ? found[name] : put(within, found[name])];
    }),
  );
};

/**
 * The same with its members in this order, since a store answers those of a map in any; what the order does not name comes last, by
 * name. What is undefined is left out.
 */
export const inOrder = <T>(order: Order<T>, value: T): T => put(order as Names, value) as T;
