import { filledLocation, type KeptLocation, type Location } from '../location/location.ts';
import { type Change, differences } from './change.ts';
import { changedOf, defineEvent } from './entry.ts';

/** A location before and after a change that moved its revision, or deleted it. */
const moved = ({ before, after }: Change): [Location | undefined, Location | undefined] => {
  const former = before?.row === 'location' ? before.attributes : undefined;
  const present = after?.row === 'location' ? after.attributes : undefined;
  return former?.revision === present?.revision ? [undefined, undefined] : [filled(former), filled(present)];
};

/** A location with its defaults: to store a default explicitly is no change. */
const filled = (kept: KeptLocation | undefined): Location | undefined => kept && filledLocation(kept);

const detailOf = (change: Change, location: KeptLocation, verb: string) => ({
  eventId: `${change.id}.${verb}`,
  schemaVersion: 1 as const,
  id: location.name,
  at: location.modifiedAt,
  actor: location.modifiedBy,
  createdAt: location.createdAt,
  revision: location.revision,
});

export const locationCreated = defineEvent({
  verb: 'Created',
  version: 1,
  subjects: ['location'],
  meaning: 'The location was created, and callers can create elements in it.',
  detail: 'locationCreated',
  of: (change) => {
    const [former, present] = moved(change);
    return present && !former ? [detailOf(change, present, 'created')] : [];
  },
});

export const locationModified = defineEvent({
  verb: 'Modified',
  version: 1,
  subjects: ['location'],
  meaning:
    'The policy, capacity, grants, owner, `allow` or state of the location changed. `changed` names the fields, without their values.',
  detail: 'locationModified',
  of: (change) => {
    const [former, present] = moved(change);
    if (!former || !present) return [];
    return [{ ...detailOf(change, present, 'modified'), ...changedOf(differences('', former, present)) }];
  },
});

export const locationDeleted = defineEvent({
  verb: 'Deleted',
  version: 1,
  subjects: ['location'],
  meaning: 'The location was deleted; it was empty. Its revision is one more than the last.',
  detail: 'locationDeleted',
  of: (change) => {
    const [former, present] = moved(change);
    if (!former || present) return [];
    const { after } = change;
    // The version before left no row in its place.
    const gone =
      after?.row === 'gone-location' ? after.attributes : { ...former, revision: former.revision + 1 };
    return [detailOf(change, gone, 'deleted')];
  },
});
