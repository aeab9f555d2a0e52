import type { LocationPatch, NewLocation } from '../../client/locations.ts';
import { ABSENT } from '../../client/problem-error.ts';
import { mergePatch } from '../../lib/element/merge-patch.ts';
import { isObject } from '../../lib/is-object.ts';
import { grantsWarning } from '../grants-warning.ts';
import type { Session } from '../session.ts';
import { unlessAbsent } from '../unless-absent.ts';
import type { DeclaredLocation } from './declared.ts';
import { changing, creating, differences, type Plan } from './plan.ts';

/** The fields of a location that can change. */
const CHANGEABLE = ['policy', 'capacity', 'grants', 'owner', 'allow'];

/** Warnings about the grants after the change. */
const notesOf = async (
  { taskport, call }: Session,
  { name, grants, owner }: Pick<NewLocation, 'name' | 'grants' | 'owner'>,
): Promise<string[]> => {
  if (!grants) return [];
  const caller = await taskport.caller(call);
  return [grantsWarning({ name, grants, owner: owner ?? caller.principal }, caller) ?? []].flat();
};

/** The changes of a location. */
export const planLocation = async (
  session: Session,
  { name, said, created }: DeclaredLocation,
): Promise<Plan> => {
  const { taskport, call } = session;
  const { locations } = taskport;
  const found = await unlessAbsent(locations.read(name, call), ABSENT);
  if (!found)
    return creating(async () => void (await locations.create(created, call)), {
      notes: await notesOf(session, created),
    });
  const shown = found as unknown as Readonly<Record<string, unknown>>;
  const compared = Object.entries(said).map(([field, wanted]) => {
    // For a field that was never set, an empty map is no change.
    const former = isObject(wanted) && shown[field] === undefined ? {} : shown[field];
    const path = field === 'kind' ? 'keeps' : field;
    // The service keeps an empty map for the null of a map.
    const next = wanted === null && isObject(former) ? {} : mergePatch(former, wanted);
    return { field, changes: differences(former, next, path) };
  });
  const changed = compared.filter(({ field, changes }) => changes.length > 0 && CHANGEABLE.includes(field));
  const patch = Object.fromEntries(changed.map(({ field }) => [field, said[field]])) as LocationPatch;
  const wayOut = 'does not change once the location is there; take another name';
  return changing(
    changed.flatMap(({ changes }) => changes),
    async () => void (await locations.update(name, patch, { ...call, ifMatch: found.etag })),
    {
      notes: await notesOf(session, {
        name,
        grants: patch.grants ?? undefined,
        owner: patch.owner ?? found.owner,
      }),
      refusals: compared
        .filter(({ field }) => !CHANGEABLE.includes(field))
        .flatMap(({ changes }) => changes.map((change) => ({ ...change, wayOut }))),
    },
  );
};
