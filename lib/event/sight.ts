import { homeOf } from '../element/member-id.ts';
import { permits } from '../location/access.ts';
import type { Location } from '../location/location.ts';
import type { LocationCache } from '../location/location-cache.ts';
import type { Principal } from '../principal.ts';
import type { TaskportEvent } from './catalogue.ts';

/** A location that an event names, by the ID that names it. */
interface Place {
  readonly id: string;
  readonly location: string;
  /**
   * A time at which the location existed. It is the earliest in the event, so that no later location of the name
   * is taken for it.
   */
  readonly at: string;
  /** Whether a location can be this one. */
  readonly matches: (location: Location) => boolean;
}

const placeOf = (id: string, at: string): Place => {
  const { kind, location } = homeOf(id);
  return { id, location, at, matches: (found) => found.kind === kind };
};

/** The locations of an event's subject and of the other elements that it names. */
const placesOf = ({ detail }: TaskportEvent): Place[] => {
  const { id, at } = detail;
  if (!('location' in detail)) {
    const { createdAt } = detail;
    return [{ id, location: id, at: createdAt, matches: (found) => found.createdAt === createdAt }];
  }
  if ('composition' in detail) {
    const { executorId, createdAt } = detail.composition;
    return [placeOf(id, at), placeOf(executorId, createdAt)];
  }
  // The parent existed when the child was created.
  if ('child' in detail) return [id, detail.child.id].map((each) => placeOf(each, detail.child.createdAt));
  if ('tag' in detail) return [placeOf(id, detail.tag.createdAt)];
  return [placeOf(id, detail.createdAt)];
};

/**
 * Whether a caller sees an event: all of it; only that it exists; or nothing, if it concerns an earlier element
 * of the name, in a location that the caller could not read.
 */
export type Sight = 'shown' | 'hidden' | 'foreign';

/**
 * Decides which events the principal sees: those that name only locations in which the principal could read at
 * the time of the event. The events were read before; the query names one element, or a location.
 */
export const sightsOf = (
  known: LocationCache,
  principal: Principal,
  asked: { readonly id?: string | undefined; readonly location?: string | undefined },
): ((event: TaskportEvent) => Promise<Sight>) => {
  const locationAt = known.lookBack();
  return async (event) => {
    let sight: Sight = 'shown';
    for (const { id, location: name, at, matches } of placesOf(event)) {
      const location = await locationAt(name, at);
      if (location && matches(location) && permits(location, principal, 'read')) continue;
      if (id === asked.id || name === asked.location) return 'foreign';
      sight = 'hidden';
    }
    return sight;
  };
};
