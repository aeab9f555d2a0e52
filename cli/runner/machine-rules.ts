import { pathsOfMachine, reasonsAgainst } from '../../lib/composition/asking.ts';
import type { ComposedContainer } from '../../lib/composition/plan/composed-container.ts';
import { LaunchError } from '../../lib/execution/engine.ts';
import type { Allow } from '../../lib/location/allow.ts';

/**
 * Says of what is composed whether it is run here, and throws `LaunchError` where not: no log names a path of the machine, and where the
 * owner of the machine says what tasks may ask for, they may ask for nothing else, whatever their location allows.
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
