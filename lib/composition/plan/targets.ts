import * as z from 'zod/mini';
import { renderEcs } from './ecs.ts';
import { renderOci } from './oci.ts';
import type { PlanInput, Rendered } from './plan-input.ts';

/** All that a composition can be rendered for: another target is a renderer and a line here. */
export const targets = { oci: renderOci, ecs: renderEcs } satisfies Record<
  string,
  (input: PlanInput) => Rendered<object>
>;

export type Target = keyof typeof targets;
export const target = z.enum(Object.keys(targets) as [Target, ...Target[]]);

type PlanOf<R> = R extends Rendered<infer P> ? P : never;
export type Plan = PlanOf<ReturnType<(typeof targets)[Target]>>;
