import { defined } from '../defined.ts';
import type { Shown } from '../shown.ts';
import type { Version } from '../version.ts';
import type { Allow } from './allow.ts';
import type { location } from './location-schema.ts';

/** The actions that a location's grants permit, each independently. */
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

/**
 * The `allow` of a location from before `allow` existed, until an administrator sets it: everything except
 * capabilities, networks and logs at paths of the machine.
 */
export const LEGACY = 'legacy';
export type Allowed = Allow | typeof LEGACY;

/** A location as the API shows it. */
export type ShownLocation = Shown<typeof location>;

/** A location. */
export type Location = ShownLocation & {
  /**
   * The number of partitions of each of its lists, which never changes; absent for a location of an earlier
   * version, which has one.
   */
  readonly listShards?: number;
};

/** A location as it is stored: those of earlier versions may lack an owner and `allow`. */
export type KeptLocation = Omit<Location, 'owner'> & Partial<Pick<Location, 'owner'>>;

/** A stored location with its defaults: its creator owns it, and its tasks may do what they could before. */
export const filledLocation = (kept: KeptLocation): Location => ({
  ...kept,
  owner: kept.owner ?? kept.createdBy,
  ...defined({ allow: kept.kind === 'executor' ? (kept.allow ?? LEGACY) : undefined }),
});
/**
 * Identifies one state of one location. A name is free again a minute after its location was closed, so no two
 * locations of a name begin at the same time.
 */
export const versionOf = ({ createdAt, revision }: Location): Version => ({ life: createdAt, revision });
