import { loaded } from '../../loaded.ts';
import type { OutputStore } from '../../output/output-store.ts';
import type { Table } from './engine/table.ts';

/** The output of tasks. The first call loads its code, since most calls of the API do not need it. */
export const loadedOutputs = (table: Table): OutputStore => {
  const load = loaded(
    async (): Promise<OutputStore> => new (await import('./queries.ts')).OutputTable(table),
  );
  return {
    last: async (...asked) => (await load()).last(...asked),
    add: async (...told) => (await load()).add(...told),
    doubt: async (...told) => (await load()).doubt(...told),
    trust: async (...told) => (await load()).trust(...told),
    replace: async (...told) => (await load()).replace(...told),
    after: async (...asked) => (await load()).after(...asked),
    latest: async (...asked) => (await load()).latest(...asked),
  };
};
