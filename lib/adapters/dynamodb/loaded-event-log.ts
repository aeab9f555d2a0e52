import type { EventLog } from '../../event/event-log.ts';
import { loaded } from '../../loaded.ts';
import type { Table } from './engine/table.ts';

/** The log of events. The first call loads its code, since most calls of the API do not read it. */
export const loadedEventLog = (table: Table): EventLog => {
  const load = loaded(async (): Promise<EventLog> => new (await import('./queries.ts')).EventLogTable(table));
  return {
    append: async (...told) => (await load()).append(...told),
    end: async (...asked) => (await load()).end(...asked),
    has: async (...asked) => (await load()).has(...asked),
    after: async (...asked) => (await load()).after(...asked),
    of: async (...asked) => (await load()).of(...asked),
  };
};
