import { pathsOfMachine, reasonsAgainst } from '../../lib/composition/asking.ts';
import type { ComposedContainer } from '../../lib/composition/plan/composed-container.ts';
import { LaunchError } from '../../lib/execution/engine.ts';
import type { Allow } from '../../lib/location/allow.ts';

/**
 * Throws `LaunchError` for a composition that this machine must not run: a log must not name a path of the machine, and the tasks may
 * request only what the owner of the machine allows, even if their location allows more.
 */
export const machineRules =
  (allow: Allow | undefined) =>
  (container: ComposedContainer): void => {
    const reasons = allow
      ? reasonsAgainst(
          allow,
          container,
          (of) => `this runner does not let tasks have (\`${of}\` in its \`--allow\`)`,
        )
      : pathsOfMachine(container.logs);
    if (reasons.length === 0) return;
    throw new LaunchError([...new Set(reasons.map(({ path, message }) => `${path} ${message}`))].join('; '));
  };
