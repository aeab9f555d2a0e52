import type { ComposedContainer } from './composed-container.ts';
import { renderEcs } from './ecs.ts';
import { renderOci } from './oci.ts';
import type { Rendered } from './plan-input.ts';
import type { Target } from './target.ts';

/** The renderer of each target: another is a name, a renderer and a line here. */
export const targets = { oci: renderOci, ecs: renderEcs } satisfies Record<
  Target,
  (container: ComposedContainer) => Rendered<object>
>;

type PlanOf<R> = R extends Rendered<infer P> ? P : never;
export type Plan = PlanOf<ReturnType<(typeof targets)[Target]>>;
