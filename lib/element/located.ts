import { TaskportError } from '../errors.ts';
import { pluralOf } from '../kind/index.ts';
import { assertPermitted, assertWritable } from '../location/access.ts';
import type { Action, Location } from '../location/location.ts';
import type { LocationCache } from '../location/location-cache.ts';
import type { Principal } from '../principal.ts';
import { absentDetail } from './absent-detail.ts';
import type { ElementRecord } from './element.ts';
import { type ElementId, formatId } from './id.ts';
import { notReady } from './not-ready.ts';

/**
 * The location that an ID names, if the principal may do `action` there. Throws `unknown-location` (also if the
 * location is of another kind), `permission-denied`, and `invalid-location` for changes that its policy forbids.
 */
export const locate = async (
  known: LocationCache,
  principal: Principal,
  id: Pick<ElementId, 'kind' | 'location'>,
  action: Action,
): Promise<Location> => {
  const location = await known.get(id.location);
  if (location.kind !== id.kind) {
    throw new TaskportError(
      'unknown-location',
      `the location ${id.location} keeps ${pluralOf([location.kind])}, not ${pluralOf([id.kind])}: take another location`,
      {
        location: id.location,
      },
    );
  }
  assertPermitted(location, principal, action);
  if (action === 'create' || action === 'write' || action === 'delete') assertWritable(location, action);
  return location;
};

/** Answers the element if it is ready. Throws `not-found`, `invalid-state` [state]. */
export const assertReady = (record: ElementRecord | undefined, id: ElementId): ElementRecord => {
  if (!record) throw notFound(id);
  const { state } = record.attributes;
  if (state !== 'ready') throw new TaskportError('invalid-state', notReady(id, state), { state });
  return record;
};

export const notFound = (meant: ElementId | string): TaskportError => {
  const id = typeof meant === 'string' ? meant : formatId(meant);
  return new TaskportError('not-found', absentDetail(id), { id });
};
