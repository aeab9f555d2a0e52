import { TaskportError } from '../errors.ts';
import { allows } from '../location/allow.ts';
import type { Location } from '../location/location.ts';
import type { ExecutorSpec } from './executor-spec.ts';

/** Network modes that need no permission. */
const FREE: readonly (string | undefined)[] = [undefined, 'bridge', 'none'];
/** Ports of a machine that ordinary users may open (ip(7)). */
const FIRST_FREE_PORT = 1024;

/**
 * The networks and ports of an executor that its location has to allow, as entries of `allow.networks`, each
 * with its path.
 */
export const networksAsked = ({
  network: { mode, ports = [] } = {},
}: ExecutorSpec): { readonly path: string; readonly what: string }[] => [
  ...(mode === undefined || FREE.includes(mode) ? [] : [{ path: 'network.mode', what: mode }]),
  ...ports.flatMap(({ port, hostPort = port }, at) =>
    hostPort < FIRST_FREE_PORT ? [{ path: `network.ports[${at}]`, what: `port:${hostPort}` }] : [],
  ),
];

/** Throws `permission-denied` [issues] if an executor names networks or ports that its location does not allow. */
export const assertNetworksAllowed = (
  { name, allow = {} }: Pick<Location, 'name' | 'allow'>,
  spec: ExecutorSpec,
): void => {
  const issues = networksAsked(spec)
    .filter(({ what }) => !allows(allow, 'networks', what))
    .map(({ path, what }) => ({
      path: `spec.${path}`,
      message: `asks for ${what}, which the location ${name} does not allow: ask an administrator of the deployment to add it to the location's \`allow.networks\``,
    }));
  if (issues.length === 0) return;
  const detail = issues.map(({ path, message }) => `${path} ${message}`).join('; ');
  throw new TaskportError('permission-denied', detail, { action: 'create', issues });
};
