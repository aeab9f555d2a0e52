import { loaded } from '../../loaded.ts';
import type { EngineLogs } from '../../output/engine-log.ts';

/** The logs of the engine. The first call loads the client, since few calls of the API read logs. */
export const loadedEngineLogs = (group: string): EngineLogs => {
  const load = loaded(async () => new (await import('./engine-log-group.ts')).EngineLogGroup(group));
  return {
    after: async (...asked) => (await load()).after(...asked),
    latest: async (...asked) => (await load()).latest(...asked),
  };
};
