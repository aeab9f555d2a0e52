import * as z from 'zod/mini';
import { kinds, kindsThat, pluralOf, rules, rulesOf } from '../kind/index.ts';
import { unheardOf } from '../principal.ts';
import { wellFormed } from '../validation.ts';
import { allow, allowPatch } from './allow.ts';
import { actions, MAX_CAPACITY_KIB, METADATA_KEY } from './location.ts';
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
      principal: principal(),
      actions: z.array(z.enum(actions)).check(z.minLength(1), unique('names an action twice')),
    }),
  )
  .check(z.maxLength(50));

const capacity = z.int().check(z.minimum(1), z.maximum(MAX_CAPACITY_KIB));
const policy = z.enum(['read-write', 'create-only', 'read-only']);

/** What a caller says of a new location. */
export const locationRequest = z
  .strictObject({
    name: locationName,
    kind: z.enum(kinds),
    type: z._default(z.enum(['s3', 'nfs']), 's3'),
    policy: z._default(policy, 'read-write'),
    nfs: z.optional(
      z.strictObject({
        server: z
          .string()
          .check(
            z.regex(/^[A-Za-z0-9]([A-Za-z0-9.:-]{0,253}[A-Za-z0-9])?$/, 'must be a host name or address'),
          ),
        path: z
          .string()
          .check(
            z.maxLength(1024),
            wellFormed,
            z.regex(/^\/(?!.*(^|\/)\.\.?(\/|$))[^\0]*$/s, 'must be an absolute path without `.` or `..`'),
          ),
      }),
    ),
    capacity: z.optional(capacity),
    indexed: z.optional(
      z
        .array(z.string().check(z.regex(INDEXED_KEY, 'must be `ro.` or `rw.` and a metadata key')))
        .check(z.maxLength(MAX_INDEXED_KEYS), unique('names a key twice')),
    ),
    grants: z.optional(grants),
    owner: z.optional(owner),
    allow: z.optional(allow),
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
      message: 'is said where tasks run: of executors',
    }),
  );

/** What of a location can change; `grants: null` lets every authenticated caller do all but `admin`. */
export const locationPatch = z.strictObject({
  policy: z.optional(policy),
  capacity: z.optional(capacity),
  grants: z.optional(z.nullable(grants)),
  owner: z.optional(owner),
  allow: z.optional(z.nullable(allowPatch)),
});

export type LocationRequest = z.infer<typeof locationRequest>;
export type LocationPatch = z.infer<typeof locationPatch>;
