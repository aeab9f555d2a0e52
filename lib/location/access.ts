import { TaskportError } from '../errors.ts';
import type { Principal } from '../principal.ts';
import type { Action, Location } from './location.ts';

/** The administrators of the deployment, who hold `admin` in every location. */
export type Administrators = ReadonlySet<Principal>;

/** The principal of an engine of the deployment, in grants and in the audit trail. No caller has such a name. */
export const enginePrincipal = (engine: string): Principal => `taskport:${engine}`;

/**
 * Whether the principal may do this in the location: as its grants say, or without grants, everything except
 * `admin`. The owner always holds `admin`, and the engine that the location names holds `execute`.
 */
export const permits = (
  location: Pick<Location, 'owner' | 'grants' | 'engine'>,
  principal: Principal,
  action: Action,
): boolean => {
  if (action === 'admin' && location.owner === principal) return true;
  if (action === 'execute' && location.engine !== undefined && principal === enginePrincipal(location.engine))
    return true;
  if (location.grants === undefined) return action !== 'admin';
  return location.grants.some((grant) => grant.principal === principal && grant.actions.includes(action));
};

/**
 * Whether the principal holds `admin` in the location: its owner, a principal with that grant, or an
 * administrator of the deployment.
 */
export const manages = (location: Location, principal: Principal, administrators: Administrators): boolean =>
  administrators.has(principal) || permits(location, principal, 'admin');

/**
 * Throws `permission-denied` unless the principal administers the deployment, for settings that only
 * administrators change.
 */
export const assertAdministers = (
  principal: Principal,
  administrators: Administrators,
  path: string,
): void => {
  if (administrators.has(principal)) return;
  const detail = `only administrators of the deployment set \`${path}\` of a location: ask one of them, or have the deployment name you as one (\`administrators\`)`;
  throw new TaskportError('permission-denied', detail, {
    action: 'administer',
    issues: [{ path, message: 'is set by administrators of the deployment only' }],
  });
};

/** Throws `permission-denied` unless this principal holds `admin` in the location. */
export const assertManages = (
  location: Location,
  principal: Principal,
  administrators: Administrators,
): void => {
  if (manages(location, principal, administrators)) return;
  const detail = `you do not manage the location ${location.name}: ask its owner or an administrator of the deployment, or have one of them grant you \`admin\``;
  throw new TaskportError('permission-denied', detail, { action: 'admin' });
};

/**
 * Throws `permission-denied` unless the grants permit this to the principal; `what` names the object of the
 * action, if it is not obvious.
 */
export const assertPermitted = (
  location: Location,
  principal: Principal,
  action: Action,
  what?: string,
): void => {
  if (permits(location, principal, action)) return;
  const { name, owner } = location;
  const wayOut =
    owner === principal
      ? `you own it, so grant yourself \`${action}\`, or take all its grants away by \`taskport location update ${name} --open\``
      : `ask its owner or an administrator of the deployment for a grant of \`${action}\``;
  const done = what === undefined ? action : `${action} ${what}`;
  throw new TaskportError(
    'permission-denied',
    `no grant of the location ${name} lets you ${done}: ${wayOut}`,
    {
      action,
    },
  );
};

/** Throws `invalid-location` if the policy, or a delete under way, forbids the change. */
export const assertWritable = (location: Location, action: 'create' | 'write' | 'delete'): void => {
  const { name, policy } = location;
  const allowed = policy === 'read-write' || (policy === 'create-only' && action === 'create');
  if (!allowed) {
    throw new TaskportError(
      'invalid-location',
      `the location ${name} is ${policy}: take another, or have its owner set its \`policy\``,
      { policy },
    );
  }
  if (location.state === 'closing' && action === 'create') {
    throw new TaskportError('invalid-location', `the location ${name} is being deleted: take another`, {
      policy: 'closing',
    });
  }
};
