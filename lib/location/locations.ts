import { decodeCursor, encodeCursor } from '../cursor.ts';
import { invalidRequest, TaskportError } from '../errors.ts';
import { type Idempotency, type IdempotencyStore, type Outcome, once } from '../idempotency.ts';
import type { Caller, Principal } from '../principal.ts';
import { validate } from '../validation.ts';
import { type Expected, isExpected, revisionMismatch } from '../version.ts';
import { assertPermitted, permits } from './access.ts';
import { type KnownLocations, LOCATION_TTL_MS } from './known-locations.ts';
import { LOCATION_NAME, type Location, versionOf } from './location.ts';
import { locationPatch, locationRequest } from './location-request.ts';
import type { LocationStore } from './location-store.ts';

/**
 * How long a closing location waits before it goes: every process has then stopped believing it open, and what
 * it still let create has had the time of the longest request, twice.
 */
export const CLOSING_MS = LOCATION_TTL_MS + 60_000;

export interface LocationDependencies {
  readonly locations: LocationStore;
  readonly known: KnownLocations;
  readonly idempotency: IdempotencyStore;
  readonly now: () => number;
}

const read = async (deps: LocationDependencies, name: string): Promise<Location> => {
  const location = await deps.locations.get(name);
  if (!location)
    throw new TaskportError('unknown-location', `there is no location ${name}`, { location: name });
  return location;
};

const assertExpected = (location: Location, ifMatch: readonly Expected[] | undefined): void => {
  const version = versionOf(location);
  if (ifMatch && !isExpected(ifMatch, version)) throw revisionMismatch(location.name, version);
};

/** Adds a location. Throws `invalid-request`, `name-collision`, `idempotency-mismatch`. */
export const createLocation = async (
  deps: LocationDependencies,
  caller: Caller,
  body: unknown,
  idempotency?: Idempotency,
): Promise<Outcome<Location>> => {
  const request = validate(locationRequest, body);
  const at = new Date(deps.now()).toISOString();
  const location: Location = {
    ...request,
    state: 'open',
    revision: 1,
    createdAt: at,
    createdBy: caller.principal,
    modifiedAt: at,
    modifiedBy: caller.principal,
  };
  const effect = async (): Promise<Location> => {
    await deps.locations.insert(location, caller, idempotency);
    deps.known.forget(location.name);
    return location;
  };
  return once(deps.idempotency, idempotency, effect, (name) => readLocation(deps, caller.principal, name));
};

/** A location as it is now. Throws `unknown-location`, `permission-denied`. */
export const readLocation = async (
  deps: LocationDependencies,
  principal: Principal,
  name: string,
): Promise<Location> => {
  const location = await read(deps, name);
  if (!permits(location, principal, 'admin')) assertPermitted(location, principal, 'read');
  return location;
};

/** A page of the locations that the caller may see, by name. */
export const listLocations = async (
  deps: LocationDependencies,
  principal: Principal,
  limit: number,
  cursor?: string,
): Promise<{ items: Location[]; cursor?: string }> => {
  const query = ['locations'];
  const after = decodeCursor(query, cursor, (place) => LOCATION_NAME.test(place));
  const page = await deps.locations.list(limit, after);
  const last = page.more ? page.items.at(-1) : undefined;
  return {
    items: page.items.filter(
      (location) => permits(location, principal, 'read') || permits(location, principal, 'admin'),
    ),
    ...(last ? { cursor: encodeCursor(query, last.name) } : {}),
  };
};

/**
 * Changes policy, capacity or grants. Throws `invalid-request`, `unknown-location`, `invalid-state`,
 * `revision-mismatch`, `insufficient-space`.
 */
export const updateLocation = async (
  deps: LocationDependencies,
  caller: Caller,
  name: string,
  body: unknown,
  ifMatch?: readonly Expected[],
): Promise<Location> => {
  const { grants, ...patch } = validate(locationPatch, body);
  const present = await read(deps, name);
  assertPermitted(present, caller.principal, 'admin');
  assertExpected(present, ifMatch);
  if (present.state === 'closing') {
    throw new TaskportError('invalid-state', `${name} is being deleted`, { state: present.state });
  }
  if (patch.capacity !== undefined && present.capacity === undefined) {
    throw invalidRequest({
      path: 'capacity',
      message: 'is counted from the beginning or not at all: this location has none',
    });
  }
  if (grants === undefined && Object.values(patch).every((value) => value === undefined)) return present;
  const { grants: formerGrants, ...former } = present;
  const kept = grants === undefined ? formerGrants : (grants ?? undefined);
  const location: Location = {
    ...former,
    policy: patch.policy ?? former.policy,
    ...(patch.capacity === undefined ? {} : { capacity: patch.capacity }),
    ...(kept === undefined ? {} : { grants: kept }),
    revision: present.revision + 1,
    modifiedAt: new Date(deps.now()).toISOString(),
    modifiedBy: caller.principal,
  };
  await deps.locations.replace(location, present, caller);
  deps.known.forget(name);
  return location;
};

/** Begins the delete of an empty location, which then is `closing`. Throws `unknown-location`, `in-use`. */
export const deleteLocation = async (
  deps: LocationDependencies,
  caller: Caller,
  name: string,
  ifMatch?: readonly Expected[],
): Promise<Location> => {
  const present = await read(deps, name);
  assertPermitted(present, caller.principal, 'admin');
  assertExpected(present, ifMatch);
  if (present.state === 'closing') return present;
  if (!(await deps.locations.isEmpty(present))) {
    throw new TaskportError('in-use', `${name} still keeps elements`, { references: [], hidden: 0 });
  }
  const now = deps.now();
  const location: Location = {
    ...present,
    state: 'closing',
    revision: present.revision + 1,
    modifiedAt: new Date(now).toISOString(),
    modifiedBy: caller.principal,
  };
  await deps.locations.close(location, present, new Date(now + CLOSING_MS).toISOString(), caller);
  deps.known.forget(name);
  return location;
};
