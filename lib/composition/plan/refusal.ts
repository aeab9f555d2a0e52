import type { Reason, Rendered } from './plan-input.ts';

/** Reports a reason why a target cannot express a composition: a path below the rendered part, and a message. */
export type Refuse = (path: string, message: string) => void;

/** Reports reasons below `path`; an empty path means `path` itself. */
export const refuseUnder =
  (refuse: Refuse, path: string): Refuse =>
  (rest, message) =>
    refuse(rest === '' ? path : `${path}.${rest}`, message);

export const ofTask = (refuse: Refuse, id: string): Refuse => refuseUnder(refuse, `tasks["${id}"]`);
export const ofStorage = (refuse: Refuse, id: string): Refuse => refuseUnder(refuse, `storage["${id}"]`);

/**
 * Renders a plan to its end even if parts of it are refused, so that it gives all reasons at once. It answers a
 * plan only if nothing was refused.
 */
export const render = <P>(draw: (refuse: Refuse) => P | undefined): Rendered<P> => {
  const reasons: Reason[] = [];
  const plan = draw((path, message) => {
    reasons.push({ path, message });
  });
  return plan === undefined || reasons.length > 0 ? { reasons } : { plan };
};
