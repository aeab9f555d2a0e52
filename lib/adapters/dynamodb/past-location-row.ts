import { LOG_DAYS } from '../../event/event-log.ts';
import type { Location } from '../../location/location.ts';
import type { PastLocation } from '../../location/location-store.ts';
import type { Item } from './engine/expression.ts';
import { pastPartition } from './keys.ts';

const DAY_SECONDS = 24 * 3600;
/** What happened is logged late where a function is behind, and a row outlives its time by days. */
const SLACK_DAYS = 7;

/** The row that tells who might read in a location, for as long as anything that happened there is kept. */
export const toPastItem = (location: Location, closedAt: string, auditDays: number): Item => {
  const days = Math.max(auditDays, LOG_DAYS) + SLACK_DAYS;
  return {
    pk: pastPartition(location.name),
    sk: location.createdAt,
    row: 'past-location',
    attributes: location,
    closedAt,
    expiresAt: Math.floor(Date.parse(location.modifiedAt) / 1000) + days * DAY_SECONDS,
  };
};

/** What such a row tells of the location that it keeps. */
export const toPastLocation = (row: Item, location: Location): PastLocation => ({
  location,
  closedAt: row.closedAt as string,
  keptUntil: new Date((row.expiresAt as number) * 1000).toISOString(),
});
