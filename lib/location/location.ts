import * as z from 'zod/mini';
import { wellFormed } from '../validation.ts';

/** What a location keeps; the scheme of an ID. */
export const kinds = ['task', 'image', 'volume', 'executor', 'log'] as const;
export type Kind = (typeof kinds)[number];

const policies = ['read-write', 'create-only', 'read-only'] as const;

const actions = ['create', 'read', 'write', 'delete', 'compose', 'execute', 'admin'] as const;
export type Action = (typeof actions)[number];

/** A DNS label (RFC 1123), since a location is the host part of a URL. */
export const LOCATION_NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** A key of user metadata. */
export const METADATA_KEY = /^[A-Za-z0-9]([A-Za-z0-9._/-]{0,126}[A-Za-z0-9])?$/;

const MAX_INDEXED_KEYS = 10;
/** A location's capacity, in KiB: at most 1 EiB, so that sums stay exact integers. */
export const MAX_CAPACITY_KIB = 2 ** 50;

const INDEXED_KEY = new RegExp(`^(ro|rw)\\.${METADATA_KEY.source.slice(1)}`);

export const locationName = z
  .string()
  .check(z.regex(LOCATION_NAME, 'must be 1 to 63 lower-case letters, digits and inner hyphens'));

const unique = <T>(message: string) =>
  z.refine<T[]>((items) => new Set(items).size === items.length, message);

const grants = z
  .array(
    z.strictObject({
      principal: z.string().check(z.minLength(1), z.maxLength(2048), wellFormed),
      actions: z.array(z.enum(actions)).check(z.minLength(1), unique('names an action twice')),
    }),
  )
  .check(
    z.maxLength(50),
    z.refine(
      (list) => list.some((grant) => grant.actions.includes('admin')),
      'must let somebody `admin`, or nobody could change them again',
    ),
  );

const capacity = z.int().check(z.minimum(1), z.maximum(MAX_CAPACITY_KIB));
const policy = z.enum(policies);

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
  })
  .check(
    z.refine((location) => (location.type === 'nfs') === (location.nfs !== undefined), {
      path: ['nfs'],
      message: 'is required for type `nfs`, and only there',
    }),
    z.refine((location) => location.type !== 'nfs' || location.kind === 'volume', {
      path: ['type'],
      message: '`nfs` keeps volumes only',
    }),
    z.refine(
      (location) =>
        location.capacity === undefined ||
        (location.type === 's3' && (location.kind === 'image' || location.kind === 'volume')),
      { path: ['capacity'], message: 'is counted where data is kept: images and volumes of type `s3`' },
    ),
  );

/** What of a location can change; `grants: null` opens it to every authenticated caller. */
export const locationPatch = z.strictObject({
  policy: z.optional(policy),
  capacity: z.optional(capacity),
  grants: z.optional(z.nullable(grants)),
});

type LocationRequest = z.infer<typeof locationRequest>;

/** A location as the API shows it. */
export interface Location extends LocationRequest {
  /** `closing` while a delete waits for creates in flight; it takes no new elements then. */
  readonly state: 'open' | 'closing';
  readonly revision: number;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly modifiedAt: string;
  readonly modifiedBy: string;
}
