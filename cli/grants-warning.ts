import type { CallerJson } from '../client/taskport.ts';
import { permits } from '../lib/location/access.ts';
import { type Action, actions, type Location } from '../lib/location/location.ts';

/** The part of a location that says who may do what there. */
type Shared = Pick<Location, 'name' | 'grants' | 'owner' | 'engine'>;

/** A warning if grants do not let the caller both read and write in the location: who may do what after the change, and how to undo it. Otherwise undefined. */
export const grantsWarning = (
  location: Shared,
  { principal, administrator }: CallerJson,
): string | undefined => {
  const { name, grants, owner } = location;
  if (!grants) return undefined;
  const granted = (action: Action): boolean => permits(location, principal, action);
  if (granted('read') && granted('write')) return undefined;
  const others = grants.map((grant) => `${grant.principal} (${grant.actions.join(', ')})`).join(', ');
  const manages = administrator || granted('admin');
  const own = [
    ...(manages ? ['manage it'] : []),
    ...actions.filter((action) => action !== 'admin' && granted(action)),
  ];
  const wayBack = manages
    ? `\`taskport location update ${name} --open\` takes all grants away`
    : `its owner, ${owner}, or an administrator of the deployment can change its grants`;
  return `warning: with these grants, ${others === '' ? 'nobody' : `only ${others}`} may use ${name}. You (${principal}) may ${own.length === 0 ? 'do nothing there' : `only ${own.join(', ')}`}; ${wayBack}`;
};
