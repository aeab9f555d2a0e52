import { setTimeout as sleep } from 'node:timers/promises';
import type { Taskport } from '../../client/taskport.ts';
import { parseId } from '../../lib/element/id.ts';
import type { Agent } from '../../lib/execution/agent.ts';
import type { Engine } from '../../lib/execution/engine.ts';

export interface RunOptions {
  readonly taskport: Taskport;
  readonly agent: Agent;
  readonly engine: Pick<Engine, 'releaseVolume'>;
  /** The location whose executors are run. */
  readonly location: string;
  /** Events as EventBridge delivers them; those that Taskport logs from now on without. */
  readonly events?: AsyncIterable<unknown>;
  /** Called once everything that is bound is being looked at. */
  readonly onReady: () => void;
  readonly signal: AbortSignal;
}

/** How often everything is looked at, whatever was told: an event may be lost for good. */
const LOOK_MS = 60_000;

interface Told {
  readonly 'detail-type'?: string;
  readonly detail?: { readonly id?: string; readonly composition?: { readonly executorId?: string } };
}

/** The executor whose composition an event is of. */
const executorOf = ({ detail }: Told): string | undefined => detail?.composition?.executorId;

/** Has the agent look at every executor of the location. */
const lookAtAll = async ({ taskport, agent, location, signal }: RunOptions): Promise<void> => {
  for await (const { id } of taskport.elements.list({ kind: 'executor', location, signal })) {
    void agent.look(id);
  }
};

const keepLooking = async (options: RunOptions): Promise<void> => {
  const { signal } = options;
  while (!signal.aborted) {
    await sleep(LOOK_MS, undefined, { signal }).catch(() => {});
    if (!signal.aborted) await lookAtAll(options).catch(() => {});
  }
};

/** What is told from here on: it begins before everything is looked at, so that nothing falls between. */
const toldFromNow = async ({ taskport, signal }: RunOptions): Promise<AsyncIterable<unknown>> => {
  const { after } = await taskport.events.page({ after: 'latest', limit: 1, signal });
  return (async function* () {
    for await (const { event } of taskport.events.watch({ after, signal })) yield event;
  })();
};

/** Runs what is bound to the executors of a location, until the signal aborts; what runs then goes on. */
export const runExecutors = async (options: RunOptions): Promise<void> => {
  const { agent, engine, location, onReady, signal } = options;
  // What is being looked at is given up at once, not tried again.
  signal.addEventListener('abort', () => void agent.stop(), { once: true });
  try {
    const events = options.events ?? (await toldFromNow(options));
    await agent.adopt();
    await lookAtAll(options);
    onReady();
    void keepLooking(options);
    for await (const event of events) {
      const told = event as Told;
      if (told['detail-type'] === 'Volume Deleted') await engine.releaseVolume(told.detail?.id ?? '');
      const executorId = executorOf(told);
      if (executorId === undefined || parseId(executorId, 'executorId').location !== location) continue;
      const looked = agent.look(executorId);
      // What a queue gave is done with once it was looked at; it comes again otherwise.
      if (options.events) await looked;
    }
  } finally {
    await agent.stop();
  }
  signal.throwIfAborted();
};
