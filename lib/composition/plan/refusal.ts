import type { Reason, Rendered } from './plan-input.ts';

/** Says why something cannot be expressed: where it stands below what is being drawn, and what of it. */
export type Refuse = (path: string, message: string) => void;

/** Refuses below `path`; an empty path is `path` itself. */
export const below =
  (refuse: Refuse, path: string): Refuse =>
  (rest, message) =>
    refuse(rest === '' ? path : `${path}.${rest}`, message);

export const ofTask = (refuse: Refuse, id: string): Refuse => below(refuse, `tasks["${id}"]`);
export const ofStorage = (refuse: Refuse, id: string): Refuse => below(refuse, `storage["${id}"]`);

/**
 * Draws a plan to its end whatever is refused on the way, so that all reasons are given at once. A plan that
 * anything was refused of, or that could not be drawn, is none.
 */
export const render = <P>(draw: (refuse: Refuse) => P | undefined): Rendered<P> => {
  const reasons: Reason[] = [];
  const plan = draw((path, message) => {
    reasons.push({ path, message });
  });
  return plan === undefined || reasons.length > 0 ? { reasons } : { plan };
};
