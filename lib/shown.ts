import type * as z from 'zod/mini';

/** What a schema describes, to be read alone. */
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

/** What a schema describes, as it comes or goes in JSON: to be read alone, and what may be absent is then not there, instead of undefined. */
export type Shown<S extends z.ZodMiniType> = Exact<z.infer<S>>;
