import { LOG_DAYS } from '../../event/event-log.ts';
import type { Location } from '../../location/location.ts';
import type { PastLocation } from '../../location/location-store.ts';
import type { Item } from './engine/expression.ts';
import { pastPartition } from './keys.ts';
import { DAY_SECONDS } from './time-to-live.ts';

/** An event is logged late if a function is behind, and a row outlives its time by days. */
const SLACK_DAYS = 7;

/** The row that keeps who could read in a deleted location, for as long as the log keeps events from there. */
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

/** The past location that a row keeps. */
export const toPastLocation = (row: Item, location: Location): PastLocation => ({
  location,
  closedAt: row.closedAt as string,
  keptUntil: new Date((row.expiresAt as number) * 1000).toISOString(),
});
