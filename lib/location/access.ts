import { TaskportError } from '../errors.ts';
import type { Principal } from '../principal.ts';
import type { Action, Location } from './location.ts';

/** Whether the location's grants let this principal do that; without grants everyone authenticated may. */
export const permits = (location: Location, principal: Principal, action: Action): boolean =>
  location.grants === undefined ||
  location.grants.some((grant) => grant.principal === principal && grant.actions.includes(action));

/** Throws `permission-denied` unless the grants let this principal do that. */
export const assertPermitted = (location: Location, principal: Principal, action: Action): void => {
  if (!permits(location, principal, action)) {
    throw new TaskportError('permission-denied', `no grant of ${location.name} lets you ${action}`, {
      action,
    });
  }
};

/** Throws `invalid-location` where the policy, or a delete under way, forbids the change. */
export const assertWritable = (location: Location, action: 'create' | 'write' | 'delete'): void => {
  const { name, policy } = location;
  const allowed = policy === 'read-write' || (policy === 'create-only' && action === 'create');
  if (!allowed) {
    throw new TaskportError('invalid-location', `${name} is ${policy}`, { policy });
  }
  if (location.state === 'closing' && action === 'create') {
    throw new TaskportError('invalid-location', `${name} is being deleted`, { policy: 'closing' });
  }
};
