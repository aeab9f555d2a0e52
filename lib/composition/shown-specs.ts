import { parseId } from '../element/id.ts';
import { readable } from '../element/page.ts';
import { permits } from '../location/access.ts';
import type { LocationCache } from '../location/location-cache.ts';
import type { Principal } from '../principal.ts';
import { type Composition, isTask } from './composition.ts';
import type { ShowsSpec } from './representation.ts';

/**
 * Decides whose specifications the principal sees: those of tasks and images that they may read. A principal who
 * may execute on the executor sees all of them, since the plan contains them.
 */
export const specsShownTo = async (
  known: LocationCache,
  principal: Principal,
  { executorId, members }: Composition,
): Promise<ShowsSpec> => {
  const location = await known.find(parseId(executorId, 'executorId').location);
  if (location && permits(location, principal, 'execute')) return () => true;
  const named = members.flatMap((member) => (isTask(member) ? [member.id] : (member.image?.id ?? [])));
  const { items } = await readable(known, principal, named, (id) => id);
  const shown = new Set(items);
  return (id) => shown.has(id);
};
