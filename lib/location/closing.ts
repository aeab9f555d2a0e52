import type { Location } from './location.ts';

const next = (location: Location, state: Location['state'], now: number, modifiedBy: string): Location => ({
  ...location,
  state,
  revision: location.revision + 1,
  modifiedAt: new Date(now).toISOString(),
  modifiedBy,
});

/** The location at the beginning of its delete: it accepts no new elements. `now` is in milliseconds, as below. */
export const closing = (location: Location, now: number, principal: string): Location =>
  next(location, 'closing', now, principal);

/** A closing location that opens again, since an element was created in it in time. */
export const reopened = (location: Location, now: number, principal: string): Location =>
  next(location, 'open', now, principal);

/** The last state of a closing location; the caller who began the delete is its last author. */
export const gone = (location: Location, now: number): Location =>
  next(location, 'closing', now, location.modifiedBy);
