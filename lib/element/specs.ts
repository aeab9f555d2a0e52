import type * as z from 'zod/mini';
import type { Kind, RunKind } from '../kind/index.ts';
import { loaded } from '../loaded.ts';
import type { taskSpec } from './task-spec.ts';

/** A specification in its JSON form. */
export type Spec = Readonly<Record<string, unknown>>;
/** The schema of specifications. */
export type SpecSchema = z.ZodMiniType<Spec>;

/** Loaded by the first call that needs it: most calls do not, and a cold start should not wait for it. */
const load = loaded(() => import('./spec-schemas.ts'));

const specs = {
  task: async () => (await load()).taskSpec,
  image: async () => (await load()).imageSpec,
  volume: async () => (await load()).emptySpec,
  executor: async () => (await load()).executorSpec,
  log: async () => (await load()).logSpec,
} satisfies Record<Kind, () => Promise<SpecSchema>> & Record<RunKind, () => Promise<typeof taskSpec>>;

/** The schema of a kind's specification. */
export const specSchemaOf = (kind: Kind): Promise<SpecSchema> => specs[kind]();

/** The specification of a kind as callers write it. */
export type SpecOf<K extends Kind = Kind> = z.input<Awaited<ReturnType<(typeof specs)[K]>>>;
