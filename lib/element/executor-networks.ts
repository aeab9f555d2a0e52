import { assertNoneForbidden, forbiddenBy, reasonAgainst } from '../location/allow.ts';
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
  const why = forbiddenBy(name, 'networks');
  const issues = networksAsked(spec).flatMap(({ path, what }) => {
    const message = reasonAgainst(allow, 'networks', [what], why);
    return message === undefined ? [] : [{ path: `spec.${path}`, message }];
  });
  assertNoneForbidden('create', issues);
};
