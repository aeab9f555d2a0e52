import { parseId } from '../element/id.ts';
import { readable } from '../element/page.ts';
import { permits } from '../location/access.ts';
import type { LocationCache } from '../location/location-cache.ts';
import type { Principal } from '../principal.ts';
import { type Composition, isTask } from './composition.ts';
import type { ShowsSpec } from './representation.ts';

/**
 * Says which tasks' specifications are shown to the principal: those of tasks that they may read, and all of them to who may execute on
 * the executor, since what runs there is told in the plan.
 */
export const specsShownTo = async (
  known: LocationCache,
  principal: Principal,
  { executorId, members }: Composition,
): Promise<ShowsSpec> => {
  const location = await known.find(parseId(executorId, 'executorId').location);
  if (location && permits(location, principal, 'execute')) return () => true;
  const { items } = await readable(known, principal, members.filter(isTask), ({ id }) => id);
  const shown = new Set(items.map(({ id }) => id));
  return (id) => shown.has(id);
};
