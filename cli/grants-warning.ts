import type { CallerJson } from '../client/taskport.ts';
import { type Action, actions, type Location } from '../lib/location/location.ts';

/** What is said of who may use a location. */
type Shared = Pick<Location, 'name' | 'grants' | 'owner'>;

/**
 * What to say of grants that do not let the caller both read and write there: who may do what from now on, and the way back. Undefined for all
 * others.
 */
export const grantsWarning = (
  { name, grants, owner }: Shared,
  { principal, administrator }: CallerJson,
): string | undefined => {
  if (!grants) return undefined;
  const granted = (action: Action): boolean =>
    grants.some((grant) => grant.principal === principal && grant.actions.includes(action));
  if (granted('read') && granted('write')) return undefined;
  const others = grants.map((grant) => `${grant.principal} (${grant.actions.join(', ')})`).join(', ');
  const manages = administrator || owner === principal || granted('admin');
  const own = [
    ...(manages ? ['manage it'] : []),
    ...actions.filter((action) => action !== 'admin' && granted(action)),
  ];
  const wayBack = manages
    ? `\`taskport location update ${name} --open\` takes all grants away`
    : `its owner, ${owner}, or an administrator of the deployment can change its grants`;
  return `warning: with these grants, ${others === '' ? 'nobody' : `only ${others}`} may use ${name}. You (${principal}) may ${own.length === 0 ? 'do nothing there' : `only ${own.join(', ')}`}; ${wayBack}`;
};
