import type { Dispatcher } from '../../lib/execution/dispatcher.ts';
import type { LaunchStore } from '../../lib/execution/launch-store.ts';
import { isObject } from '../../lib/is-object.ts';
import type { LocationCache } from '../../lib/location/location-cache.ts';
import { tellError } from '../../lib/telemetry.ts';
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
  /** Of the clock: tasks of ECS that were stopped, since no launch knows them; and what kept others from being found. */
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

/** What is told of the strays; that they cannot be found keeps nothing else from being done. */
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
  /** Made for the first event of a task on Fargate: most are of others. */
  readonly engine: () => Promise<Engine>;
  readonly launches: LaunchStore;
  readonly known: LocationCache;
}

/**
 * Wakes a dispatcher. An event of ours names the executor, one of ECS the token of a launch; what a task was started by else is none of ours. Of
 * either, nothing else is believed. The clock has everything looked at. What fails for an event is thrown, so that it is called again.
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
