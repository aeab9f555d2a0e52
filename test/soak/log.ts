import { consume } from '../../lib/event/consumer.ts';
import type { EventLog } from '../../lib/event/event-log.ts';

/** Reads the log from its beginning, as a client that follows it, and says what is wrong with it. */
export const readLog = async (log: EventLog) => {
  const last = new Map<string, number>();
  const disorder: string[] = [];
  const ids = new Set<string>();
  const read = consume((_, { record, revision }) => {
    const former = last.get(record) ?? 0;
    if (revision !== former + 1) disorder.push(`${record}: revision ${revision} stands after ${former}`);
    last.set(record, Math.max(former, revision));
  });
  let position = 0;
  for (let page = await log.after(0, 500); page.length > 0; page = await log.after(position, 500)) {
    for (const { position: at, event } of page) {
      const { detailType, detail } = event;
      if (at !== position + 1) disorder.push(`position ${at} stands after ${position}`);
      if (ids.has(detail.eventId)) disorder.push(`${detail.eventId} stands there twice`);
      ids.add(detail.eventId);
      position = at;
      await read({ source: 'taskport', 'detail-type': detailType, detail });
    }
  }
  return { events: ids.size, last: last as ReadonlyMap<string, number>, disorder };
};
