import { capabilities, defaultCapabilities } from '../../element/task-spec/capability.ts';
import type { TaskSpec } from '../../element/task-spec.ts';

type Changes = NonNullable<TaskSpec['process']>['capabilities'];

/**
 * The capabilities of a process: the default ones and the added ones, without the dropped ones. `ALL` comes
 * first, as in `docker run`: to drop `ALL` and add one leaves that one.
 */
export const capabilitySet = ({ add = [], drop = [] }: NonNullable<Changes> = {}): string[] => {
  const from = drop.includes('ALL') ? [] : defaultCapabilities;
  const most = new Set<string>(add.includes('ALL') ? capabilities : [...from, ...add]);
  return [...most].filter((name) => !(drop as readonly string[]).includes(name)).sort();
};
