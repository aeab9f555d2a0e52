import type { ComposedContainer } from './composed-container.ts';
import { renderContainer } from './container.ts';
import { renderDocker } from './docker.ts';
import { renderEcs } from './ecs.ts';
import { renderOci } from './oci.ts';
import type { Rendered } from './plan-input.ts';
import type { Target } from './target.ts';

/** The renderer of each target. */
const targets = {
  oci: renderOci,
  docker: renderDocker,
  ecs: renderEcs,
  container: renderContainer,
} satisfies Record<Target, (container: ComposedContainer) => Rendered<object>>;

type PlanOf<R> = R extends { readonly plan: infer P extends object } ? P : never;
/** The plan for one target, or for any. */
export type Plan<T extends Target = Target> = PlanOf<ReturnType<(typeof targets)[T]>>;

export const renderFor = <T extends Target>(target: T, container: ComposedContainer) =>
  targets[target](container) as Rendered<Plan<T>>;
