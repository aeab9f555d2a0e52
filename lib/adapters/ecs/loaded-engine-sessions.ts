import type { EngineSessions } from '../../composition/session/engine-sessions.ts';
import { loaded } from '../../loaded.ts';
import type { Table } from '../dynamodb/engine/table.ts';

/** The sessions with tasks on Fargate. The first call that needs them loads them. */
export const loadedEngineSessions = (table: Table): EngineSessions => {
  const load = loaded(async () => {
    const [{ EcsSessions }, { LaunchTable }] = await Promise.all([
      import('./ecs-sessions.ts'),
      import('../dynamodb/launch-table.ts'),
    ]);
    return new EcsSessions(new LaunchTable(table));
  });
  return { containerOf: async (...asked) => (await load()).containerOf(...asked) };
};
