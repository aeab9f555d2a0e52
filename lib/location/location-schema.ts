import * as z from 'zod/mini';
import { described, optional } from '../facts.ts';
import { history, revision } from '../history.ts';
import { kinds, kindsThat, pluralOf, rules, rulesOf } from '../kind/index.ts';
import { problemOfName } from '../principal.ts';
import type { Shown } from '../shown.ts';
import { wellFormed } from '../validation.ts';
import { allow, allowPatch } from './allow.ts';
import { actions, LEGACY, MAX_CAPACITY_KIB, METADATA_KEY } from './location.ts';
import { locationName } from './location-name.ts';

const MAX_INDEXED_KEYS = 10;
const INDEXED_KEY = new RegExp(`^(ro|rw)\\.${METADATA_KEY.source.slice(1)}`);

const unique = <T>(message: string) =>
  z.refine<T[]>((items) => new Set(items).size === items.length, message);

const principal = () => z.string().check(z.minLength(1), z.maxLength(2048), wellFormed);

const owner = principal().check(
  z.refine((name) => problemOfName(name) === undefined, {
    error: ({ input }) => problemOfName(input as string),
  }),
);

const grants = z
  .array(
    z.strictObject({
      principal: described(
        principal(),
        'The ARN of a role without its session, or `issuer|subject` of a token.',
      ),
      actions: described(
        z.array(z.enum(actions)).check(z.minLength(1), unique('names an action twice')),
        'The actions that the principal may do.',
      ),
    }),
  )
  .check(z.maxLength(50));

const nfs = z.strictObject({
  server: described(
    z
      .string()
      .check(z.regex(/^[A-Za-z0-9]([A-Za-z0-9.:-]{0,253}[A-Za-z0-9])?$/, 'must be a host name or address')),
    'The host name or address of the NFS server.',
  ),
  path: described(
    z
      .string()
      .check(
        z.maxLength(1024),
        wellFormed,
        z.regex(/^\/(?!.*(^|\/)\.\.?(\/|$))[^\0]*$/s, 'must be an absolute path without `.` or `..`'),
      ),
    'The absolute path of the export.',
  ),
});

const type = described(z.enum(['s3', 'nfs']), 'The storage of the data: S3, or an NFS server.');
const policy = described(
  z.enum(['read-write', 'create-only', 'read-only']),
  'The operations that the location permits. `read-write`: all. `create-only`: only create and read. `read-only`: only read. A change takes effect within 5 seconds.',
);
const capacity = described(
  z.int().check(z.minimum(1), z.maximum(MAX_CAPACITY_KIB)),
  'The KiB that the elements of the location may take together. A location without a capacity at its creation cannot get one later.',
);

const engine = z
  .string()
  .check(z.regex(/^[a-z][a-z0-9-]{0,30}$/, 'must be the name of an engine, such as `fargate`'));

const OWNER = 'The principal who always has `admin` on the location, whatever the grants are';
const ALLOW =
  'The privileges that tasks may ask for beyond the engine’s defaults. Only for locations of executors. Only administrators of the deployment can set it. Everything that is not listed is forbidden. An entry that ends in `/` or `:` allows every name that begins with it. Any other entry allows only exactly that name.';

/** The request to create a location. */
export const locationRequest = z
  .strictObject({
    name: described(locationName, 'The name of the location: the host part of the IDs of its elements.'),
    kind: described(z.enum(kinds), 'The kind of the location’s elements.'),
    type: z._default(type, 's3'),
    policy: z._default(policy, 'read-write'),
    nfs: optional(
      nfs,
      'The NFS server. Required for the type `nfs`; other types have none. Only administrators of the deployment can set it.',
    ),
    capacity: z.optional(capacity),
    indexed: optional(
      z
        .array(z.string().check(z.regex(INDEXED_KEY, 'must be `ro.` or `rw.` and a metadata key')))
        .check(z.maxLength(MAX_INDEXED_KEYS), unique('names a key twice')),
      {
        title: 'Indexed keys',
        description:
          'The metadata keys by which callers can filter lists, such as `ro.os`. Their values have up to 512 bytes of text.',
      },
    ),
    grants: optional(
      grants,
      'The actions that each principal may do. Without grants, every authenticated caller may do everything except `admin`.',
    ),
    owner: optional(owner, `${OWNER}. Default: the principal who created the location.`),
    allow: optional(allow, { title: 'Allowed to tasks', description: ALLOW }),
    engine: optional(
      engine,
      'The engine of the deployment that runs the tasks, such as `fargate`. Only for locations of executors. Absent if a runner runs the tasks. Only administrators of the deployment can set it, and it cannot change.',
    ),
  })
  .check(
    z.refine((location) => (location.type === 'nfs') === (location.nfs !== undefined), {
      path: ['nfs'],
      message: 'is required for type `nfs`, and only there',
    }),
    z.refine((location) => location.type !== 'nfs' || rules[location.kind].nfs !== undefined, {
      path: ['type'],
      error: () => `\`nfs\` keeps ${pluralOf(kinds.filter((kind) => rules[kind].nfs))} only`,
    }),
    z.refine((location) => location.capacity === undefined || rulesOf(location).hasSpace, {
      path: ['capacity'],
      error: () => `is counted where data is kept: ${pluralOf(kindsThat('hasSpace', true))} of type \`s3\``,
    }),
    z.refine((location) => location.allow === undefined || location.kind === 'executor', {
      path: ['allow'],
      message: 'is for locations of executors only: leave it out',
    }),
    z.refine((location) => location.engine === undefined || location.kind === 'executor', {
      path: ['engine'],
      message: 'is for locations of executors only: leave it out',
    }),
  );

/**
 * The fields of a location that can change; `grants: null` permits everything except `admin` to every
 * authenticated caller.
 */
export const locationPatch = z.strictObject({
  policy: z.optional(policy),
  capacity: z.optional(capacity),
  grants: optional(
    z.nullable(grants),
    'The new grants. With `null`, every authenticated caller may do everything except `admin`.',
  ),
  owner: optional(owner, `${OWNER}. The owner or an administrator can hand it on.`),
  allow: optional(z.nullable(allowPatch), {
    title: 'Allowed to tasks',
    description: `${ALLOW} \`null\` removes all entries.`,
  }),
});

/** A location as the API shows it. */
export const location = z.object({
  ...locationRequest.shape,
  type,
  policy,
  owner: described(owner, `${OWNER}. Default: the principal who created the location.`),
  allow: optional(
    z.union([allow, z.literal(LEGACY)]),
    'The privileges that tasks may ask for beyond the engine’s defaults. Only for locations of executors. A location of an earlier version has `legacy` until an administrator sets it: everything except capabilities, networks and logs at paths of the machine.',
  ),
  state: described(
    z.enum(['open', 'closing']),
    'The state of the location. `closing`: a delete waits for creates in flight, and the location takes no new elements.',
  ),
  revision,
  ...history,
});

export type LocationPatch = Shown<typeof locationPatch>;
