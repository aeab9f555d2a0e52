import { executor } from './executor.ts';
import { image } from './image.ts';
import type { KindRules } from './kind-rules.ts';
import { listed } from './listed.ts';
import { log } from './log.ts';
import { task } from './task.ts';
import { volume } from './volume.ts';

/** The kinds in the order in which lists show them. */
const table = { task, image, volume, executor, log };

/** What a location keeps; the scheme of an ID. */
export type Kind = keyof typeof table;
/** The kinds whose rules have these values. */
export type KindThat<R extends Partial<KindRules>> = {
  [K in Kind]: (typeof table)[K] extends R ? K : never;
}[Kind];

export const rules: Readonly<Record<Kind, KindRules<Kind>>> = table;
export const kinds = Object.keys(table) as Kind[];

/** The rules for what a location keeps. */
export const rulesOf = ({ kind, type }: { readonly kind: Kind; readonly type: string }): KindRules<Kind> =>
  type === 'nfs' ? { ...rules[kind], ...rules[kind].nfs } : rules[kind];

/** The name of the document's schema for the specifications of a kind: `TaskSpec`. */
export const specNameOf = (kind: Kind): string => `${kind.charAt(0).toUpperCase()}${kind.slice(1)}Spec`;

/** The kinds whose rule has one of these values. */
export const kindsThat = <const F extends keyof KindRules, const V extends KindRules[F]>(
  rule: F,
  ...said: V[]
) => kinds.filter((kind) => (said as unknown[]).includes(rules[kind][rule])) as KindThat<Record<F, V>>[];

/** The plural of these kinds in a sentence: `images and volumes`. */
export const pluralOf = (of: readonly Kind[]): string =>
  listed(
    of.map((kind) => rules[kind].plural),
    'and',
  );

/** The choice of kinds in a sentence: `task, image, volume, executor or log`. */
export const anyKind = (): string => listed(kinds, 'or');

/** The kinds that an executor mounts. */
export const storageKinds = /* @__PURE__ */ kindsThat('joins', 'mounted');
export type StorageKind = (typeof storageKinds)[number];

/** The kinds that an executor runs. */
export const runKinds = /* @__PURE__ */ kindsThat('joins', 'run');
export type RunKind = (typeof runKinds)[number];

/** The kinds that may join an executor. */
export const memberKinds = /* @__PURE__ */ kindsThat('joins', 'mounted', 'run', 'plainly');
export type MemberKind = (typeof memberKinds)[number];

/** The kinds that may be a parent. */
export const parentKinds = /* @__PURE__ */ kinds.filter((kind) =>
  kinds.some((child) => rules[child].parents.includes(kind)),
) as {
  [K in Kind]: (typeof table)[K]['parents'][number];
}[Kind][];
