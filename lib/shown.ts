import type * as z from 'zod/mini';

/** The readonly type of a value. */
export type Frozen<T> = T extends readonly (infer I)[]
  ? readonly Frozen<I>[]
  : T extends object
    ? { readonly [K in keyof T]: Frozen<T[K]> }
    : T;

type Exact<T> = T extends readonly (infer I)[]
  ? readonly Exact<I>[]
  : T extends object
    ? { readonly [K in keyof T]: Exact<Exclude<T[K], undefined>> }
    : T;

/** The readonly type of a schema's JSON: optional members are absent, never undefined. */
export type Shown<S extends z.ZodMiniType> = Exact<z.infer<S>>;
