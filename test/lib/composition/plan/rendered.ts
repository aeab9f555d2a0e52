/** The answer of a renderer, in the forms that tests need. */
import { expect } from 'vitest';
import { compose } from '../../../../lib/composition/plan/composed-container.ts';
import type { PlanInput, Reason, Rendered } from '../../../../lib/composition/plan/plan-input.ts';
import { type Target, targetNames } from '../../../../lib/composition/plan/target.ts';
import { type Plan, renderFor } from '../../../../lib/composition/plan/targets.ts';
import { hasWayOut } from '../../../openapi/way-out.ts';

/** The plan in the form for clients. Fails with the reasons if there is none. */
export const planOf = <P>(rendered: Rendered<P>): P => {
  expect(rendered).not.toHaveProperty('reasons');
  return JSON.parse(JSON.stringify((rendered as { plan: P }).plan)) as P;
};

/** The reasons why there is no plan. Fails for a reason without a remedy. */
export const reasonsOf = (rendered: Rendered<unknown>): readonly Reason[] => {
  const reasons = 'reasons' in rendered ? rendered.reasons : [];
  expect(reasons.filter(({ message }) => !hasWayOut(message))).toEqual([]);
  return reasons;
};

export const pathsOf = (rendered: Rendered<unknown>): string[] => reasonsOf(rendered).map(({ path }) => path);

/** Like `renderFor`, for all targets. */
export const rendered = Object.fromEntries(
  targetNames.map((target) => [target, (input: PlanInput) => renderFor(target, compose(input))]),
) as { [T in Target]: (input: PlanInput) => Rendered<Plan<T>> };
export const renderOci = rendered.oci;
export const renderEcs = rendered.ecs;
