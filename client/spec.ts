import type * as z from 'zod/mini';
import type { emptySpec } from '../lib/element/empty-spec.ts';
import type { executorSpec } from '../lib/element/executor-spec.ts';
import type { logSpec } from '../lib/element/log-spec.ts';
import type { taskSpec } from '../lib/element/task-spec.ts';
import type { Kind } from '../lib/location/location.ts';

/** What elements of each kind say of themselves. */
interface Specs {
  readonly task: z.input<typeof taskSpec>;
  readonly executor: z.input<typeof executorSpec>;
  readonly log: z.input<typeof logSpec>;
  readonly image: z.input<typeof emptySpec>;
  readonly volume: z.input<typeof emptySpec>;
}

/** The specification of elements of a kind. */
export type SpecOf<K extends Kind = Kind> = Specs[K];

/** The kind that an ID names; any where it is not known before it runs. */
export type KindOf<I extends string> = I extends `${infer K extends Kind}://${string}` ? K : Kind;

/** A merge patch (RFC 7396) of something: `null` takes a field away. */
export type Patch<T> = T extends readonly (infer E)[]
  ? readonly E[]
  : T extends object
    ? { readonly [F in keyof T]?: Patch<T[F]> | null }
    : T;
