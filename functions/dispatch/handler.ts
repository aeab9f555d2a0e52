import type { Dispatcher } from '../../lib/execution/dispatcher.ts';
import type { LaunchStore } from '../../lib/execution/launch-store.ts';
import { isObject } from '../../lib/is-object.ts';
import type { LocationCache } from '../../lib/location/location-cache.ts';
import { tellError } from '../../lib/telemetry.ts';
import { isOfFargate } from './engine.ts';

/** An event of either bus, or of the schedule. */
interface Waking {
  readonly source?: string;
  readonly 'detail-type'?: string;
  readonly detail?: unknown;
}

/** The executors that were looked at, and those with which it failed. */
export interface Woken {
  readonly looked: readonly string[];
  readonly failed: readonly string[];
  /** Of a scheduled run: tasks of ECS without a launch, which were stopped; and the reason if the search failed. */
  readonly strays?: readonly string[];
  readonly problem?: string;
}

const textOf = (detail: unknown, name: string): string => {
  const value = isObject(detail) ? detail[name] : undefined;
  return typeof value === 'string' ? value : '';
};

export interface Engine {
  readonly dispatcher: Dispatcher;
  readonly stopStrays: () => Promise<readonly string[]>;
}

/** Stops strays; a failure of the search does not affect the rest of the run. */
const straysOf = async (stopStrays: Engine['stopStrays']): Promise<Pick<Woken, 'strays' | 'problem'>> => {
  try {
    return { strays: await stopStrays() };
  } catch (error) {
    return { strays: [], problem: tellError(error) };
  }
};

const executorOf = (type: string | undefined, detail: unknown): string =>
  type === 'Executor Deleted'
    ? textOf(detail, 'id')
    : textOf(isObject(detail) ? detail.composition : undefined, 'executorId');

export interface HandlerOptions {
  /** Made for the first event of a task on Fargate; most events are of other tasks. */
  readonly engine: () => Promise<Engine>;
  readonly launches: LaunchStore;
  readonly known: LocationCache;
}

/**
 * Calls a dispatcher. An event of ours names the executor, and one of ECS the token of a launch; tasks of ECS
 * that others started are ignored. The dispatcher uses nothing else of an event. A scheduled run looks at
 * everything. A failure is thrown, so that Lambda calls again.
 */
export const handlerOf =
  ({ engine, launches, known }: HandlerOptions) =>
  async ({ source, 'detail-type': type, detail }: Waking): Promise<Woken> => {
    if (type === 'Scheduled Event') {
      const { dispatcher, stopStrays } = await engine();
      const all = await dispatcher.reconcile();
      const failed = all.flatMap(({ executorId, error }) => (error ? [executorId] : []));
      return { looked: all.map(({ executorId }) => executorId), failed, ...(await straysOf(stopStrays)) };
    }
    const executorId =
      source === 'aws.ecs'
        ? await launches.executorOf(textOf(detail, 'startedBy'))
        : executorOf(type, detail);
    const isOurs = executorId && (source === 'aws.ecs' || (await isOfFargate(known, executorId)));
    if (!isOurs) return { looked: [], failed: [] };
    await (await engine()).dispatcher.look(executorId);
    return { looked: [executorId], failed: [] };
  };
