import { decodeCursor, encodeCursor } from '../cursor.ts';
import { defined } from '../defined.ts';
import type { LocationCache } from '../location/location-cache.ts';
import type { Principal } from '../principal.ts';
import type { TaskportEvent } from './catalogue.ts';
import type { Envelope } from './consumer.ts';
import type { EventLog, Logged } from './event-log.ts';
import { sightsOf } from './sight.ts';
import { EVENT_SOURCE } from './source.ts';

export interface EventDependencies {
  readonly log: EventLog;
  readonly known: LocationCache;
}

/** Which events are asked for. */
export interface EventQuery {
  readonly kind?: string;
  readonly id?: string;
  readonly limit: number;
  /** Where it was left off; `latest` for what comes from now on; absent for all that is kept. */
  readonly after?: string;
}

/** A page of events, and where to go on: always, since there will be more. */
export interface EventPage {
  readonly items: readonly Envelope[];
  /** How many stand among them that the caller may not read; where one element is asked for, of those that happened where he may. */
  readonly hidden?: number;
  readonly after: string;
}

/** Events that are looked at for one page, however few of them are asked for. */
const MAX_LOOKED_AT = 1_000;
/** So many are read together once the first did not make a page. */
const READ_TOGETHER = 100;

const CURSOR = ['events'];

/** An event as EventBridge delivers it. */
export const toEnvelope = ({ detailType, detail }: TaskportEvent): Envelope =>
  ({ source: EVENT_SOURCE, 'detail-type': detailType, detail }) as Envelope;

const isAskedFor = ({ kind, id }: EventQuery, { detail }: TaskportEvent): boolean =>
  (kind === undefined || ('kind' in detail ? detail.kind : 'location') === kind) &&
  (id === undefined || detail.id === id);

/** The position after which a page begins. */
export const positionOf = async ({ log }: EventDependencies, after: string | undefined): Promise<number> => {
  if (after === 'latest') return log.head();
  const place = decodeCursor(CURSOR, after, (text) => /^\d{1,15}$/.test(text), 'after');
  return place === undefined ? 0 : Number(place);
};

/** A page of the log after a position, of what is asked for and what the principal may read. */
export const eventsAfter = async (
  { log, known }: EventDependencies,
  principal: Principal,
  query: EventQuery,
  position: number,
): Promise<{ readonly logged: readonly Logged[]; readonly hidden: number; readonly position: number }> => {
  const logged: Logged[] = [];
  let [reached, hidden, looked] = [position, 0, 0];
  while (logged.length < query.limit && looked < MAX_LOOKED_AT) {
    const found = await log.after(reached, looked === 0 ? query.limit : Math.max(query.limit, READ_TOGETHER));
    if (found.length === 0) break;
    const sightOf = sightsOf(known, principal, query.id);
    for (const each of found) {
      if (logged.length === query.limit) break;
      reached = each.position;
      looked += 1;
      if (!isAskedFor(query, each.event)) continue;
      const sight = await sightOf(each.event);
      if (sight === 'shown') logged.push(each);
      else if (sight === 'hidden') hidden += 1;
    }
  }
  return { logged, hidden, position: reached };
};

export const cursorOf = (position: number): string => encodeCursor(CURSOR, String(position));

/** A page of events in the order in which they were logged. Throws `invalid-request` for a foreign cursor. */
export const readEvents = async (
  deps: EventDependencies,
  principal: Principal,
  query: EventQuery,
): Promise<EventPage> => {
  const { logged, hidden, position } = await eventsAfter(
    deps,
    principal,
    query,
    await positionOf(deps, query.after),
  );
  return defined({
    items: logged.map(({ event }) => toEnvelope(event)),
    hidden: hidden > 0 ? hidden : undefined,
    after: cursorOf(position),
  });
};
