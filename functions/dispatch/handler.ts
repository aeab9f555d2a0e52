import type { Dispatcher } from '../../lib/execution/dispatcher.ts';
import type { LaunchStore } from '../../lib/execution/launch-store.ts';
import { isObject } from '../../lib/is-object.ts';
import type { LocationCache } from '../../lib/location/location-cache.ts';
import { isOfFargate } from './engine.ts';

/** An event of either bus, or of the clock. */
interface Waking {
  readonly source?: string;
  readonly 'detail-type'?: string;
  readonly detail?: unknown;
}

/** What was looked at, and of which of it nothing could be told. */
export interface Woken {
  readonly looked: readonly string[];
  readonly failed: readonly string[];
  readonly isReconciled?: true;
}

const textOf = (detail: unknown, name: string): string => {
  const value = isObject(detail) ? detail[name] : undefined;
  return typeof value === 'string' ? value : '';
};

export interface HandlerOptions {
  /** Made for the first event of a task on Fargate: most are of others. */
  readonly dispatcher: () => Promise<Dispatcher>;
  readonly launches: LaunchStore;
  readonly known: LocationCache;
}

/**
 * Wakes a dispatcher. An event of ours names the executor, one of ECS the token of a launch; what a task was started by else is none of ours. Of
 * either, nothing else is believed. The clock has everything looked at. What fails for an event is thrown, so that it is called again.
 */
export const handlerOf =
  ({ dispatcher, launches, known }: HandlerOptions) =>
  async ({ source, 'detail-type': type, detail }: Waking): Promise<Woken> => {
    if (type === 'Scheduled Event') {
      const all = await (await dispatcher()).reconcile();
      const failed = all.flatMap(({ executorId, error }) => (error ? [executorId] : []));
      return { looked: all.map(({ executorId }) => executorId), failed, isReconciled: true };
    }
    const executorId =
      source === 'aws.ecs'
        ? await launches.executorOf(textOf(detail, 'startedBy'))
        : textOf(isObject(detail) ? detail.composition : undefined, 'executorId');
    const isOurs = executorId && (source === 'aws.ecs' || (await isOfFargate(known, executorId)));
    if (!isOurs) return { looked: [], failed: [] };
    await (await dispatcher()).look(executorId);
    return { looked: [executorId], failed: [] };
  };
