/** What a renderer answered, and what a test wants of it. */
import { expect } from 'vitest';
import type { Reason, Rendered } from '../../../../lib/composition/plan/plan-input.ts';

/** The plan as a client gets it. Fails with the reasons where there is none. */
export const planOf = <P>(rendered: Rendered<P>): P => {
  expect(rendered).not.toHaveProperty('reasons');
  return JSON.parse(JSON.stringify((rendered as { plan: P }).plan)) as P;
};

export const reasonsOf = (rendered: Rendered<unknown>): readonly Reason[] =>
  'reasons' in rendered ? rendered.reasons : [];

export const pathsOf = (rendered: Rendered<unknown>): string[] => reasonsOf(rendered).map(({ path }) => path);
