import type { Kind } from '../lib/kind/index.ts';

/** The kind in an ID; any kind if the type does not contain it. */
export type KindOf<I extends string> = I extends `${infer K extends Kind}://${string}` ? K : Kind;

/** A merge patch (RFC 7396): `null` removes a field. */
export type Patch<T> = T extends readonly (infer E)[]
  ? readonly E[]
  : T extends object
    ? { readonly [F in keyof T]?: Patch<T[F]> | null }
    : T;
