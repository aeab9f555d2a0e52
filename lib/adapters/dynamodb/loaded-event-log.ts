import type { EventLog } from '../../event/event-log.ts';
import type { Table } from './engine/table.ts';

/** The log of events, whose code is loaded by the first call: most calls of the API ask for none of it. */
export const loadedEventLog = (table: Table): EventLog => {
  let loading: Promise<EventLog> | undefined;
  const load = () => {
    loading ??= import('./queries.ts').then(({ EventLogTable }) => new EventLogTable(table));
    return loading;
  };
  return {
    append: async (...told) => (await load()).append(...told),
    end: async (...asked) => (await load()).end(...asked),
    has: async (...asked) => (await load()).has(...asked),
    after: async (...asked) => (await load()).after(...asked),
    of: async (...asked) => (await load()).of(...asked),
  };
};
