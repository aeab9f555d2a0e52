import * as z from 'zod/mini';
import { type Issue, TaskportError } from '../errors.ts';
import { optional } from '../facts.ts';
import type { Shown } from '../shown.ts';
import { wellFormed } from '../validation.ts';
import { type Action, type Allowed, LEGACY } from './location.ts';

const MAX_ENTRIES = 50;
const MAX_LENGTH = 512;

const CLIMBS = /(^|[/:])\.\.?(\/|$)/;

const entries = (pattern: RegExp, message: string) =>
  z
    .array(
      z.string().check(
        z.maxLength(MAX_LENGTH),
        wellFormed,
        z.regex(pattern, message),
        z.refine((entry) => !CLIMBS.test(entry), 'must not have `.` or `..` for a part'),
      ),
    )
    .check(z.maxLength(MAX_ENTRIES));

const lists = {
  capabilities: optional(
    entries(/^[A-Za-z_]+$/, 'must be a capability such as `CAP_NET_ADMIN`, or `ALL`'),
    'The capabilities that tasks may add to the default ones. `ALL` allows every capability.',
  ),
  networks: optional(
    entries(
      /^([A-Za-z0-9][A-Za-z0-9_.-]*|port:(\d{1,4})?)$/,
      'must be `host`, the name of a network of the engine, or `port:<number>`',
    ),
    'The networks that executors may use besides `bridge` and `none`, by name; `host` is the network of the machine. Also the ports of the machine below 1024 that executors may publish: `port:80`, or `port:` for all.',
  ),
  logs: optional(
    entries(
      /^(s3:\/\/[a-z0-9][a-z0-9.-]+\/|cloudwatch:)[!-~]*$/,
      'must be `s3://<bucket>/<prefix>` or `cloudwatch:<log group>`',
    ),
    'The places to which logs may write: `s3://<bucket>/<prefix>`, `cloudwatch:<log group>`.',
  ),
  secrets: optional(
    entries(/^[A-Za-z0-9/_+=.@:-]+$/, 'must be the name or ARN of a secret, or how they begin'),
    'The secrets that tasks may use, by name or ARN.',
  ),
  nfs: optional(
    entries(/^[A-Za-z0-9][A-Za-z0-9.:-]*:(\/[^\0]*)?$/, 'must be `<server>:` or `<server>:/<path>`'),
    'The NFS exports whose volumes may join: `<server>:`, `<server>:/<path>/`.',
  ),
};

/**
 * What a location of executors allows its tasks beyond the engine's defaults. Everything else is forbidden. An
 * entry that ends in `/` or `:` allows everything with this prefix, any other entry only itself.
 */
export const allow = z.strictObject(lists);
export type Allow = Shown<typeof allow>;

/** A merge patch of `allow`. */
export const allowPatch = z.strictObject({
  capabilities: z.nullable(lists.capabilities),
  networks: z.nullable(lists.networks),
  logs: z.nullable(lists.logs),
  secrets: z.nullable(lists.secrets),
  nfs: z.nullable(lists.nfs),
});

/** `allow` after a merge patch; `null` removes all entries, and so does the first patch of a legacy location. */
export const patchedAllow = (former: Allowed | undefined, patch: Shown<typeof allowPatch> | null): Allow => {
  const merged = { ...(former === LEGACY || patch === null ? {} : former), ...patch };
  return Object.fromEntries(Object.entries(merged).filter(([, list]) => list !== null && list !== undefined));
};

/** `CAP_NET_ADMIN` and `net_admin` are the same. */
const capability = (name: string): string => name.toUpperCase().replace(/^CAP_/, '');

/** Names of servers ignore case; a `:` in an address does not end it. */
const exported = (text: string): string => {
  const [, server = '', path = ''] = /^([^/]*):(.*)$/s.exec(text) ?? [];
  return `${server.toLowerCase().replace(/\.$/, '').replaceAll(':', '_')}:${path.replace(/\/+/g, '/')}`;
};

const asIs = (text: string): string => text;

const normalForms: Readonly<Record<keyof Allow, (text: string) => string>> = {
  capabilities: capability,
  networks: asIs,
  logs: asIs,
  secrets: asIs,
  nfs: exported,
};

/**
 * Whether an entry covers a name. A name with `..` or an empty part is below no entry, since stores resolve it
 * differently.
 */
const covers = (entry: string, what: string): boolean => {
  if (entry === what) return true;
  if (!/[/:]$/.test(entry) || !what.startsWith(entry)) return false;
  const rest = `${entry.slice(-1)}${what.slice(entry.length)}`;
  return !CLIMBS.test(rest) && !rest.includes('//');
};

/** Whether a location allows this name. */
export const allows = (allowed: Allowed, of: keyof Allow, what: string): boolean => {
  // Earlier versions could not use capabilities or networks that need permission.
  if (allowed === LEGACY) return of !== 'capabilities' && of !== 'networks';
  const normal = normalForms[of];
  const said = (allowed[of] ?? []).map(normal);
  return said.some((entry) => covers(entry, normal(what))) || (of === 'capabilities' && said.includes('ALL'));
};

/** The reason against names that a list lacks; `why` completes it. Undefined if it has all. */
export const reasonAgainst = (
  allowed: Allowed,
  of: keyof Allow,
  names: readonly string[],
  why: string,
): string | undefined => {
  const refused = names.filter((name) => !allows(allowed, of, name));
  return refused.length === 0 ? undefined : `asks for ${refused.join(', ')}, which ${why}`;
};

/** The words for a name that a location forbids, and the remedy. */
export const forbiddenBy = (location: string, of: keyof Allow): string =>
  `the location ${location} does not allow: ask an administrator of the deployment to add it to the location's \`allow.${of}\``;

/** Throws `permission-denied` [issues] if a location forbids a part of an action. */
export const assertNoneForbidden = (action: Action, issues: readonly Issue[]): void => {
  if (issues.length === 0) return;
  const detail = issues.map(({ path, message }) => `${path} ${message}`).join('; ');
  throw new TaskportError('permission-denied', detail, { action, issues });
};
