import { defined } from '../defined.ts';
import type { Shown } from '../shown.ts';
import type { Version } from '../version.ts';
import type { Allow } from './allow.ts';
import type { location } from './location-schema.ts';

/** What a location's grants allow, each for itself. */
export const actions = [
  'create',
  'read',
  'write',
  'delete',
  'compose',
  'execute',
  'interact',
  'admin',
] as const;
export type Action = (typeof actions)[number];

/** A DNS label (RFC 1123), since a location is the host part of a URL. */
export const LOCATION_NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** A key of user metadata. */
export const METADATA_KEY = /^[A-Za-z0-9]([A-Za-z0-9._/-]{0,126}[A-Za-z0-9])?$/;

/** A location's capacity, in KiB: at most 1 EiB, so that sums stay exact integers. */
export const MAX_CAPACITY_KIB = 2 ** 50;

/** What a location of before there was `allow` allows until an administrator sets it: all but capabilities. */
export const LEGACY = 'legacy';
export type Allowed = Allow | typeof LEGACY;

/** A location as the API shows it. */
export type ShownLocation = Shown<typeof location>;

/** A location. */
export type Location = ShownLocation & {
  /** Over how many partitions each of its lists is spread; of a location of before it is one, and this is absent. For good. */
  readonly listShards?: number;
};

/** A location as it may be kept: one of before says nothing of its owner, and one of executors nothing of what it allows. */
export type KeptLocation = Omit<Location, 'owner'> & Partial<Pick<Location, 'owner'>>;

/** A kept location with what holds where it says nothing: its creator owns it, and tasks may do what they could. */
export const filledLocation = (kept: KeptLocation): Location => ({
  ...kept,
  owner: kept.owner ?? kept.createdBy,
  ...defined({ allow: kept.kind === 'executor' ? (kept.allow ?? LEGACY) : undefined }),
});
/** Which state of which location it is. A name is free again a minute after a location was closed: no two begin at one time. */
export const versionOf = ({ createdAt, revision }: Location): Version => ({ life: createdAt, revision });
