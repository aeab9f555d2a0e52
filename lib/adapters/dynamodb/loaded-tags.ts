import type { TagStore } from '../../element/registry/tag-store.ts';
import { loaded } from '../../loaded.ts';
import type { Table } from './engine/table.ts';

/** Tags. The first call loads their code, since most calls of the API do not need it. */
export const loadedTags = (table: Table): TagStore => {
  const load = loaded(async (): Promise<TagStore> => new (await import('./queries.ts')).TagTable(table));
  return {
    get: async (id) => (await load()).get(id),
    set: async (...set) => (await load()).set(...set),
    remove: async (...removed) => (await load()).remove(...removed),
    list: async (...asked) => (await load()).list(...asked),
    repositories: async (...asked) => (await load()).repositories(...asked),
  };
};
