import type { LocationPatch } from '../../client/locations.ts';
import { mergePatch } from '../../lib/element/merge-patch.ts';
import { isObject } from '../../lib/is-object.ts';
import type { Session } from '../session.ts';
import { ABSENT, unlessAbsent } from '../unless-absent.ts';
import type { DeclaredLocation } from './declared.ts';
import { changing, creating, differences, type Plan } from './plan.ts';

/** What of a location can change. */
const CHANGEABLE = ['policy', 'capacity', 'grants', 'owner', 'allow'];

/** What has to be done about a location. */
export const planLocation = async (
  { taskport: { locations }, call }: Session,
  { name, said, created }: DeclaredLocation,
): Promise<Plan> => {
  const found = await unlessAbsent(locations.read(name, call), ABSENT);
  if (!found) return creating(async () => void (await locations.create(created, call)));
  const shown = found as unknown as Readonly<Record<string, unknown>>;
  const compared = Object.entries(said).map(([field, wanted]) => {
    // Of what nothing was ever said, an empty map is the same.
    const former = isObject(wanted) && shown[field] === undefined ? {} : shown[field];
    const path = field === 'kind' ? 'keeps' : field;
    return { field, changes: differences(former, mergePatch(former, wanted), path) };
  });
  const changed = compared.filter(({ field, changes }) => changes.length > 0 && CHANGEABLE.includes(field));
  const patch = Object.fromEntries(changed.map(({ field }) => [field, said[field]])) as LocationPatch;
  const wayOut = 'does not change once the location is there; take another name';
  return changing(
    changed.flatMap(({ changes }) => changes),
    async () => void (await locations.update(name, patch, { ...call, ifMatch: found.etag })),
    {
      refusals: compared
        .filter(({ field }) => !CHANGEABLE.includes(field))
        .flatMap(({ changes }) => changes.map((change) => ({ ...change, wayOut }))),
    },
  );
};
