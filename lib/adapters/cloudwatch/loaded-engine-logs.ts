import { loaded } from '../../loaded.ts';
import type { EngineLogs } from '../../output/engine-log.ts';

/** The logs of the engine, whose client is loaded by the first call: few calls of the API ask for any. */
export const loadedEngineLogs = (group: string): EngineLogs => {
  const load = loaded(async () => new (await import('./engine-log-group.ts')).EngineLogGroup(group));
  return {
    after: async (...asked) => (await load()).after(...asked),
    latest: async (...asked) => (await load()).latest(...asked),
  };
};
