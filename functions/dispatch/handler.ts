import type { Dispatcher } from '../../lib/execution/dispatcher.ts';
import type { LaunchStore } from '../../lib/execution/launch-store.ts';
import { isObject } from '../../lib/is-object.ts';

/** An event of either bus, or of the clock. */
interface Waking {
  readonly source?: string;
  readonly 'detail-type'?: string;
  readonly detail?: unknown;
}

/** What was looked at, and of which of it nothing could be told. */
interface Woken {
  readonly looked: readonly string[];
  readonly failed: readonly string[];
}

const textOf = (detail: unknown, name: string): string => {
  const value = isObject(detail) ? detail[name] : undefined;
  return typeof value === 'string' ? value : '';
};

/**
 * Wakes a dispatcher. An event of ours names the executor, one of ECS the token of a launch; what a task was started by else is none of ours. Of
 * either, nothing else is believed. The clock has everything looked at. What fails for an event is thrown, so that it is called again.
 */
export const handlerOf =
  ({ dispatcher, launches }: { dispatcher: Dispatcher; launches: LaunchStore }) =>
  async ({ source, 'detail-type': type, detail }: Waking): Promise<Woken> => {
    if (type === 'Scheduled Event') {
      const all = await dispatcher.reconcile();
      const failed = all.flatMap(({ executorId, error }) => (error ? [executorId] : []));
      return { looked: all.map(({ executorId }) => executorId), failed };
    }
    const token = textOf(detail, 'startedBy');
    const executorId =
      source !== 'aws.ecs' ? textOf(detail, 'executorId') : token && (await launches.executorOf(token));
    if (!executorId) return { looked: [], failed: [] };
    await dispatcher.look(executorId);
    return { looked: [executorId], failed: [] };
  };
