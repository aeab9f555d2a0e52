import { decodeCursor, encodeCursor } from '../cursor.ts';
import { defined } from '../defined.ts';
import { invalidRequest, TaskportError } from '../errors.ts';
import { type Idempotency, type IdempotencyStore, type Outcome, once } from '../idempotency.ts';
import type { Caller, Principal } from '../principal.ts';
import { validate } from '../validation.ts';
import { type Expected, isExpected, revisionMismatch } from '../version.ts';
import {
  type Administrators,
  assertAdministers,
  assertManages,
  assertPermitted,
  manages,
  permits,
} from './access.ts';
import { patchedAllow } from './allow.ts';
import { closing } from './closing.ts';
import { LOCATION_NAME, type Location, versionOf } from './location.ts';
import { LOCATION_TTL_MS, type LocationCache } from './location-cache.ts';
import { type LocationPatch, locationPatch, locationRequest } from './location-schema.ts';
import type { LocationStore } from './location-store.ts';
import { unknownLocation } from './unknown-location.ts';

/**
 * How long a closing location waits before its delete. By then every process has stopped caching it as open, and
 * the longest request that could still create an element has had twice its time.
 */
export const CLOSING_MS = LOCATION_TTL_MS + 60_000;

/** How many elements a refused delete lists. */
const MAX_LISTED = 100;

export interface LocationDependencies {
  readonly locations: LocationStore;
  readonly known: LocationCache;
  readonly idempotency: IdempotencyStore;
  readonly administrators: Administrators;
  /** Engines of the deployment, which a location of executors may name. */
  readonly engines: ReadonlySet<string>;
  readonly now: () => number;
}

const read = async (deps: LocationDependencies, name: string): Promise<Location> => {
  const location = await deps.locations.get(name);
  if (!location) throw unknownLocation(name);
  return location;
};

const assertExpected = (location: Location, ifMatch: readonly Expected[] | undefined): void => {
  const version = versionOf(location);
  if (ifMatch && !isExpected(ifMatch, version)) throw revisionMismatch(location.name, version);
};

/** Throws `invalid-request` for an engine that the deployment does not have. */
const assertHasEngine = (engines: ReadonlySet<string>, engine: string): void => {
  if (engines.has(engine)) return;
  const there =
    engines.size === 0 ? 'this deployment has none' : `this deployment has ${[...engines].join(', ')}`;
  throw invalidRequest({
    path: 'engine',
    message: `is no engine of this deployment: ${there}; leave it out to have a runner run the tasks`,
  });
};

/** Adds a location. Throws `invalid-request`, `permission-denied`, `name-collision`, `idempotency-mismatch`. */
export const createLocation = async (
  deps: LocationDependencies,
  caller: Caller,
  body: unknown,
  idempotency?: Idempotency,
): Promise<Outcome<Location>> => {
  const request = validate(locationRequest, body);
  const { principal } = caller;
  const at = new Date(deps.now()).toISOString();
  const { allow = {}, ...said } = request;
  const location: Location = {
    ...said,
    owner: request.owner ?? principal,
    ...defined({ allow: request.kind === 'executor' ? allow : undefined }),
    state: 'open',
    revision: 1,
    createdAt: at,
    createdBy: principal,
    modifiedAt: at,
    modifiedBy: principal,
  };
  const effect = async (): Promise<Location> => {
    for (const path of ['nfs', 'allow', 'engine'] as const)
      if (request[path] !== undefined) assertAdministers(principal, deps.administrators, path);
    if (request.engine !== undefined) assertHasEngine(deps.engines, request.engine);
    await deps.locations.insert(location, caller, idempotency);
    deps.known.forget(location.name);
    return location;
  };
  return once(deps.idempotency, idempotency, effect, async (name) => {
    const present = await read(deps, name);
    if (isReader(deps, present, principal)) return present;
    // A caller who has since given the location to another owner still gets the replayed answer. Another
    // location of the name is refused as for any caller.
    if (present.createdBy !== principal) assertPermitted(present, principal, 'read');
    const { createdAt } = present;
    return { ...location, createdAt, modifiedAt: createdAt };
  });
};

/** Whether this principal may see the location. */
const isReader = (
  { administrators }: Pick<LocationDependencies, 'administrators'>,
  location: Location,
  principal: Principal,
): boolean => permits(location, principal, 'read') || manages(location, principal, administrators);

/** A location as it is now. Throws `unknown-location`, `permission-denied`. */
export const readLocation = async (
  deps: LocationDependencies,
  principal: Principal,
  name: string,
): Promise<Location> => {
  const location = await read(deps, name);
  if (!isReader(deps, location, principal)) assertPermitted(location, principal, 'read');
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
  const { items, next } = await deps.locations.list(limit, after);
  return defined({
    items: items.filter((location) => isReader(deps, location, principal)),
    cursor: next && encodeCursor(query, next),
  });
};

/** Throws `permission-denied` for fields that only the owner or administrators may change. */
const assertMaySay = (
  { administrators }: Pick<LocationDependencies, 'administrators'>,
  { name, owner }: Location,
  patch: LocationPatch,
  { principal }: Caller,
): void => {
  if (patch.allow !== undefined) assertAdministers(principal, administrators, 'allow');
  const isKept = patch.owner === undefined || patch.owner === owner;
  if (isKept || owner === principal || administrators.has(principal)) return;
  throw new TaskportError(
    'permission-denied',
    `only its owner, ${owner}, or an administrator of the deployment gives ${name} another owner: ask one of them`,
    { action: 'admin', issues: [{ path: 'owner', message: 'is changed by the owner or an administrator' }] },
  );
};

/** Throws `invalid-request` for fields that the location does not have. */
const assertHas = ({ kind, capacity }: Location, patch: LocationPatch): void => {
  if (patch.capacity !== undefined && capacity === undefined) {
    throw invalidRequest({
      path: 'capacity',
      message: 'cannot be set later: create a location with it',
    });
  }
  if (patch.allow !== undefined && kind !== 'executor')
    throw invalidRequest({ path: 'allow', message: 'is for locations of executors only: leave it out' });
};

/** The location after the patch. */
const patched = (former: Location, { grants, allow, ...patch }: LocationPatch): Location => {
  const { grants: formerGrants, ...rest } = former;
  const kept = grants === undefined ? formerGrants : (grants ?? undefined);
  return {
    ...rest,
    policy: patch.policy ?? former.policy,
    owner: patch.owner ?? former.owner,
    ...defined({
      capacity: patch.capacity,
      grants: kept,
      allow: allow === undefined ? undefined : patchedAllow(former.allow, allow),
    }),
  };
};

/**
 * Changes policy, capacity, grants, the owner, or `allow`. Throws `invalid-request`, `unknown-location`,
 * `permission-denied`, `invalid-state`, `revision-mismatch`, `insufficient-space`.
 */
export const updateLocation = async (
  deps: LocationDependencies,
  caller: Caller,
  name: string,
  body: unknown,
  ifMatch?: readonly Expected[],
): Promise<Location> => {
  const patch = validate(locationPatch, body);
  const present = await read(deps, name);
  assertManages(present, caller.principal, deps.administrators);
  assertMaySay(deps, present, patch, caller);
  assertExpected(present, ifMatch);
  if (present.state === 'closing') {
    throw new TaskportError(
      'invalid-state',
      `the location ${name} is being deleted: wait until it is gone, and create it anew`,
      { state: present.state },
    );
  }
  assertHas(present, patch);
  if (Object.values(patch).every((value) => value === undefined)) return present;
  const location: Location = {
    ...patched(present, patch),
    revision: present.revision + 1,
    modifiedAt: new Date(deps.now()).toISOString(),
    modifiedBy: caller.principal,
  };
  await deps.locations.replace(location, present, caller);
  deps.known.forget(name);
  return location;
};

/** Begins the delete of an empty location, whose state then is `closing`. Throws `unknown-location`, `in-use`. */
export const deleteLocation = async (
  deps: LocationDependencies,
  caller: Caller,
  name: string,
  ifMatch?: readonly Expected[],
): Promise<Location> => {
  const present = await read(deps, name);
  assertManages(present, caller.principal, deps.administrators);
  assertExpected(present, ifMatch);
  if (present.state === 'closing') return present;
  const kept = await deps.locations.keeps(present, MAX_LISTED);
  if (kept.length > 0) {
    const isShown = permits(present, caller.principal, 'read');
    const detail = isShown ? 'delete them first' : 'ask those who may read it to delete them first';
    throw new TaskportError('in-use', `the location ${name} still keeps elements: ${detail}`, {
      references: isShown ? kept.map((id) => ({ id, kind: 'element' })) : [],
      hidden: isShown ? 0 : kept.length,
    });
  }
  const now = deps.now();
  const location = closing(present, now, caller.principal);
  await deps.locations.close(location, present, new Date(now + CLOSING_MS).toISOString(), caller);
  deps.known.forget(name);
  return location;
};
