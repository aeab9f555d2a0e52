import { consume } from '../../lib/event/consumer.ts';
import { BEGINNING, type EventLog } from '../../lib/event/event-log.ts';

/** Reads the log from its beginning, like a client that follows it or one of its locations, and reports its faults. */
export const readLog = async (log: EventLog, location?: string) => {
  const last = new Map<string, number>();
  const disorder: string[] = [];
  const ids = new Set<string>();
  const read = consume((_, { record, revision }) => {
    const former = last.get(record) ?? 0;
    if (revision !== former + 1) disorder.push(`${record}: revision ${revision} stands after ${former}`);
    last.set(record, Math.max(former, revision));
  });
  let place = BEGINNING;
  for (let isEnd = false; !isEnd; ) {
    const page = await log.after(place, 500, location);
    for (const { event } of page.logged) {
      const { detailType, detail } = event;
      if (ids.has(detail.eventId)) disorder.push(`${detail.eventId} stands there twice`);
      ids.add(detail.eventId);
      await read({ source: 'taskport', 'detail-type': detailType, detail });
    }
    ({ place, isEnd } = page);
  }
  const positions = place.positions.reduce((sum, position) => sum + position, 0);
  if (positions !== ids.size) disorder.push(`${positions} positions hold ${ids.size} events`);
  return { events: ids.size, last: last as ReadonlyMap<string, number>, disorder };
};

/** The number of logged events, if none has expired. */
export const sizeOf = async (log: EventLog): Promise<number> =>
  (await log.end(undefined)).positions.reduce((sum, position) => sum + position, 0);
