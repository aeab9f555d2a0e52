import type { Location } from './location.ts';

const next = (location: Location, state: Location['state'], now: number, modifiedBy: string): Location => ({
  ...location,
  state,
  revision: location.revision + 1,
  modifiedAt: new Date(now).toISOString(),
  modifiedBy,
});

/** The location as a delete leaves it: it takes no new elements. `now` is in milliseconds, as below. */
export const closing = (location: Location, now: number, principal: string): Location =>
  next(location, 'closing', now, principal);

/** A closing location in which an element was created in time: the delete came to nothing. */
export const reopened = (location: Location, now: number, principal: string): Location =>
  next(location, 'open', now, principal);

/** A closing location as it was last; who began the delete is the one who ended it. */
export const gone = (location: Location, now: number): Location =>
  next(location, 'closing', now, location.modifiedBy);
