import { TaskportError } from '../errors.ts';
import { assertPermitted, assertWritable } from '../location/access.ts';
import type { Action, Location } from '../location/location.ts';
import type { LocationCache } from '../location/location-cache.ts';
import type { Principal } from '../principal.ts';
import type { ElementRecord } from './element.ts';
import { type ElementId, formatId } from './id.ts';

/**
 * The location an ID names, once the principal may do `action` there. Throws `unknown-location` (also where
 * the location keeps another kind), `permission-denied`, and `invalid-location` for what changes something.
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
      `${id.location} keeps ${location.kind} elements, not ${id.kind}`,
      {
        location: id.location,
      },
    );
  }
  assertPermitted(location, principal, action);
  if (action === 'create' || action === 'write' || action === 'delete') assertWritable(location, action);
  return location;
};

/** The element, where it is ready to be used. Throws `not-found`, `invalid-state` [state]. */
export const assertReady = (record: ElementRecord | undefined, id: ElementId): ElementRecord => {
  if (!record) throw notFound(id);
  const { state } = record.attributes;
  if (state !== 'ready') throw new TaskportError('invalid-state', `${formatId(id)} is ${state}`, { state });
  return record;
};

export const notFound = (id: ElementId): TaskportError =>
  new TaskportError('not-found', `there is no ${formatId(id)}`, { id: formatId(id) });
