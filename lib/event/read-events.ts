import { defined } from '../defined.ts';
import { LOCATION_NAME } from '../location/location.ts';
import type { LocationCache } from '../location/location-cache.ts';
import type { Principal } from '../principal.ts';
import type { TaskportEvent } from './catalogue.ts';
import type { Envelope } from './consumer.ts';
import { BEGINNING, type EventLog, type Logged, type Place } from './event-log.ts';
import { decodePlace, encodePlace, wrongAfter } from './log-cursor.ts';
import { locationsOf } from './named.ts';
import { sightsOf } from './sight.ts';
import { EVENT_SOURCE } from './source.ts';

export interface EventDependencies {
  readonly log: EventLog;
  readonly known: LocationCache;
}

/** Selects events. */
export interface EventQuery {
  readonly kind?: string;
  readonly id?: string;
  /** Only events that name this location. */
  readonly location?: string;
  readonly limit: number;
  /** The place to continue from; `latest` for later events only; absent for all that are kept. */
  readonly after?: string;
}

/** A page of events, and the place to continue from. It is always there, since more events will come. */
export interface EventPage {
  readonly items: readonly Envelope[];
  /**
   * The number of events that were skipped, since they name a location in which the caller may not read. If the
   * query names an element or a location, only events that name it count, while the caller may read there.
   */
  readonly hidden?: number;
  readonly after: string;
}

/** The most events that are read for one page, even if few of them match. */
const MAX_LOOKED_AT = 1_000;
/** The number of pages that are read together if the first was not full. */
const READ_TOGETHER = 100;

/** An event as EventBridge delivers it. */
export const toEnvelope = ({ detailType, detail }: TaskportEvent): Envelope =>
  ({ source: EVENT_SOURCE, 'detail-type': detailType, detail }) as Envelope;

/** The location whose sequences contain all events of the query, if there is one. */
const locationAskedFor = ({ location, id = '' }: EventQuery): string | undefined => {
  const [, of = id] = /^[a-z]+:\/\/([^/]*)\//.exec(id) ?? [];
  return location ?? (LOCATION_NAME.test(of) ? of : undefined);
};

const isAskedFor = ({ kind, id, location }: EventQuery, event: TaskportEvent): boolean => {
  const { detail } = event;
  return (
    (kind === undefined || ('kind' in detail ? detail.kind : 'location') === kind) &&
    (id === undefined || detail.id === id) &&
    (location === undefined || locationsOf(event).includes(location))
  );
};

/** The place after which a page begins. Throws `invalid-request` if it is not of this log, or of another query. */
export const placeOf = async (
  { log }: EventDependencies,
  query: EventQuery,
  after = query.after,
): Promise<Place> => {
  if (after === undefined) return BEGINNING;
  const location = locationAskedFor(query);
  if (after === 'latest') return log.end(location);
  const place = decodePlace(after);
  if (place.location !== undefined && place.location !== location) {
    throw wrongAfter(
      `is a place among the events of the location ${place.location}, which the request does not name`,
    );
  }
  if (!(await log.has(place))) throw wrongAfter('is a place in another log');
  return place;
};

/** A page of the log after a place: events that match the query and that the principal may read. */
export const eventsAfter = async (
  { log, known }: EventDependencies,
  principal: Principal,
  query: EventQuery,
  from: Place,
): Promise<{ readonly logged: readonly Logged[]; readonly hidden: number; readonly place: Place }> => {
  const location = locationAskedFor(query);
  const logged: Logged[] = [];
  let [place, hidden, looked, isEnd] = [from, 0, 0, false];
  while (!isEnd && logged.length < query.limit && looked < MAX_LOOKED_AT) {
    const most = looked === 0 ? query.limit : Math.max(query.limit, READ_TOGETHER);
    const page = await log.after(place, most, location);
    const sightOf = sightsOf(known, principal, query);
    for (const each of page.logged) {
      if (logged.length === query.limit) return { logged, hidden, place };
      place = each.place;
      looked += 1;
      if (!isAskedFor(query, each.event)) continue;
      const sight = await sightOf(each.event);
      if (sight === 'shown') logged.push(each);
      else if (sight === 'hidden') hidden += 1;
    }
    ({ place, isEnd } = page);
  }
  return { logged, hidden, place };
};

/**
 * A page of events; those of one record are in the order in which they were logged. Throws `invalid-request` for
 * a foreign cursor.
 */
export const readEvents = async (
  deps: EventDependencies,
  principal: Principal,
  query: EventQuery,
): Promise<EventPage> => {
  const { logged, hidden, place } = await eventsAfter(deps, principal, query, await placeOf(deps, query));
  return defined({
    items: logged.map(({ event }) => toEnvelope(event)),
    hidden: hidden > 0 ? hidden : undefined,
    after: encodePlace(place),
  });
};
