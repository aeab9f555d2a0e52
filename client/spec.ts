import type { Kind } from '../lib/kind/index.ts';

/** The kind that an ID names; any where it is not known before it runs. */
export type KindOf<I extends string> = I extends `${infer K extends Kind}://${string}` ? K : Kind;

/** A merge patch (RFC 7396) of something: `null` takes a field away. */
export type Patch<T> = T extends readonly (infer E)[]
  ? readonly E[]
  : T extends object
    ? { readonly [F in keyof T]?: Patch<T[F]> | null }
    : T;
