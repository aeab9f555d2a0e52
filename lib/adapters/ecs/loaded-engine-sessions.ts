import type { EngineSessions } from '../../composition/session/engine-sessions.ts';
import { loaded } from '../../loaded.ts';
import type { Table } from '../dynamodb/engine/table.ts';

/** Loaded by the first call that asks for a session with a task on Fargate. */
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
