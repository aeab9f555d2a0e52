import * as z from 'zod/mini';
import { described, optional } from '../facts.ts';
import { history, revision } from '../history.ts';
import { kinds, kindsThat, pluralOf, rules, rulesOf } from '../kind/index.ts';
import { unheardOf } from '../principal.ts';
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
  z.refine((name) => unheardOf(name) === undefined, { error: ({ input }) => unheardOf(input as string) }),
);

const grants = z
  .array(
    z.strictObject({
      principal: described(principal(), 'A role’s ARN without its session, or `issuer|subject` of a token.'),
      actions: described(
        z.array(z.enum(actions)).check(z.minLength(1), unique('names an action twice')),
        'What the principal may do.',
      ),
    }),
  )
  .check(z.maxLength(50));

const nfs = z.strictObject({
  server: described(
    z
      .string()
      .check(z.regex(/^[A-Za-z0-9]([A-Za-z0-9.:-]{0,253}[A-Za-z0-9])?$/, 'must be a host name or address')),
    'Host name or address.',
  ),
  path: described(
    z
      .string()
      .check(
        z.maxLength(1024),
        wellFormed,
        z.regex(/^\/(?!.*(^|\/)\.\.?(\/|$))[^\0]*$/s, 'must be an absolute path without `.` or `..`'),
      ),
    'Absolute path of the export.',
  ),
});

const type = described(z.enum(['s3', 'nfs']), 'Where data is kept: in S3, or on an NFS server.');
const policy = described(
  z.enum(['read-write', 'create-only', 'read-only']),
  'What may be done in it: everything; nothing but create and read; nothing but read. It takes effect within 5 seconds.',
);
const capacity = described(
  z.int().check(z.minimum(1), z.maximum(MAX_CAPACITY_KIB)),
  'KiB that its elements may take together; counted from the beginning or not at all.',
);

const engine = z
  .string()
  .check(z.regex(/^[a-z][a-z0-9-]{0,30}$/, 'must be the name of an engine, such as `fargate`'));

const OWNER = 'The principal who holds `admin` there whatever the grants say';
const ALLOW =
  'What tasks may ask for beyond the engine’s defaults; of executors, and only there. Administrators of the deployment alone say it, and nothing is allowed that is not said. An entry that ends in `/` or `:` allows all that begins so, any other that very one.';

/** The request to create a location. */
export const locationRequest = z
  .strictObject({
    name: described(locationName, 'The host part of the IDs of its elements.'),
    kind: described(z.enum(kinds), 'The kind of its elements.'),
    type: z._default(type, 's3'),
    policy: z._default(policy, 'read-write'),
    nfs: optional(
      nfs,
      'The NFS server; of type `nfs`, and only there. Administrators of the deployment alone say it.',
    ),
    capacity: z.optional(capacity),
    indexed: optional(
      z
        .array(z.string().check(z.regex(INDEXED_KEY, 'must be `ro.` or `rw.` and a metadata key')))
        .check(z.maxLength(MAX_INDEXED_KEYS), unique('names a key twice')),
      {
        title: 'Indexed keys',
        description:
          'Keys of metadata that lists can be filtered by, such as `ro.os`; their values have up to 512 bytes of text.',
      },
    ),
    grants: optional(
      grants,
      'Who may do what; without grants every authenticated caller may do everything but `admin`.',
    ),
    owner: optional(owner, `${OWNER}; who created it unless it says otherwise.`),
    allow: optional(allow, { title: 'Allowed to tasks', description: ALLOW }),
    engine: optional(
      engine,
      'The engine of the deployment that runs its tasks, such as `fargate`; of executors, and only there. Without it a runner runs them. Administrators of the deployment alone say it, and it does not change.',
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
    'Who may do what from now on; `null` lets every authenticated caller do everything but `admin`.',
  ),
  owner: optional(owner, `${OWNER}: the owner or an administrator hands it on.`),
  allow: optional(z.nullable(allowPatch), {
    title: 'Allowed to tasks',
    description: `${ALLOW} \`null\` allows nothing any more.`,
  }),
});

/** A location as the API shows it. */
export const location = z.object({
  ...locationRequest.shape,
  type,
  policy,
  owner: described(owner, `${OWNER}; who created it unless it says otherwise.`),
  allow: optional(
    z.union([allow, z.literal(LEGACY)]),
    'What tasks may ask for beyond the engine’s defaults; of executors. `legacy`, of a location of before, is all but capabilities, networks and logs at paths of the machine, until an administrator sets it.',
  ),
  state: described(
    z.enum(['open', 'closing']),
    '`closing` while a delete waits for creates in flight; it takes no new elements then.',
  ),
  revision,
  ...history,
});

export type LocationPatch = Shown<typeof locationPatch>;
