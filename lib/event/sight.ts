import { homeOf } from '../element/member-id.ts';
import { permits } from '../location/access.ts';
import type { Location } from '../location/location.ts';
import type { LocationCache } from '../location/location-cache.ts';
import type { Principal } from '../principal.ts';
import type { TaskportEvent } from './catalogue.ts';

/** A location that an event names, by what it names there. */
interface Place {
  readonly id: string;
  readonly location: string;
  /** A time at which it was there; the earliest that the event tells, so that it is not taken for the next of its name. */
  readonly at: string;
  /** Whether a location can have been this one. */
  readonly isIt: (location: Location) => boolean;
}

const placeOf = (id: string, at: string): Place => {
  const { kind, location } = homeOf(id);
  return { id, location, at, isIt: (found) => found.kind === kind };
};

/** Where it happened, and where the others are that it names. */
const placesOf = ({ detail }: TaskportEvent): Place[] => {
  const { id, at } = detail;
  if (!('location' in detail)) {
    const { createdAt } = detail;
    return [{ id, location: id, at: createdAt, isIt: (found) => found.createdAt === createdAt }];
  }
  if ('composition' in detail) {
    const { executorId, createdAt } = detail.composition;
    return [placeOf(id, at), placeOf(executorId, createdAt)];
  }
  // Its parent was there when a child was begun.
  if ('child' in detail) return [id, detail.child.id].map((each) => placeOf(each, detail.child.createdAt));
  if ('tag' in detail) return [placeOf(id, detail.tag.createdAt)];
  return [placeOf(id, detail.createdAt)];
};

/**
 * What of an event a caller is shown: all of it; that there is one; or nothing, where it happened to what was asked for while
 * that was none of the caller's.
 */
export type Sight = 'shown' | 'hidden' | 'foreign';

/**
 * Says what of events the principal is shown: those that name only locations where he may read, each as it was when that
 * happened. They are events that were read before; what is asked for is one element, or what happened in a location.
 */
export const sightsOf = (
  known: LocationCache,
  principal: Principal,
  asked: { readonly id?: string | undefined; readonly location?: string | undefined },
): ((event: TaskportEvent) => Promise<Sight>) => {
  const locationAt = known.lookBack();
  return async (event) => {
    let sight: Sight = 'shown';
    for (const { id, location: name, at, isIt } of placesOf(event)) {
      const location = await locationAt(name, at);
      if (location && isIt(location) && permits(location, principal, 'read')) continue;
      if (id === asked.id || name === asked.location) return 'foreign';
      sight = 'hidden';
    }
    return sight;
  };
};
