import { setTimeout as sleep } from 'node:timers/promises';
import type { EventQuery } from '../../client/events.ts';
import { isCode } from '../../client/problem-error.ts';
import type { Taskport } from '../../client/taskport.ts';
import { isId, parseId } from '../../lib/element/id.ts';
import type { DetailType } from '../../lib/event/catalogue.ts';
import type { Agent } from '../../lib/execution/agent.ts';

export interface RunOptions {
  readonly taskport: Taskport;
  readonly agent: Agent;
  /** Reclaims space, at the start and from time to time. The runner reports an error, and calls this again. */
  readonly tidy: () => Promise<void>;
  /** The location whose executors the runner runs. */
  readonly location: string;
  /** Events from EventBridge; without it, new events from Taskport's log. */
  readonly events?: AsyncIterable<unknown>;
  /** Called once the runner knows all executors, and looks at them. */
  readonly onReady: () => void;
  /** Called when a caller requests a session with a task of the location. */
  readonly onSession: (session: string) => void;
  readonly onNote: (note: string) => void;
  /** How often the runner looks at bound and running tasks, besides events; the default is a minute. */
  readonly lookMs?: number;
  readonly signal: AbortSignal;
}

const LOOK_MS = 60_000;
/** The runner reclaims space at this multiple of the time between two looks. */
const LOOKS_UNTIL_TIDY = 10;
/** The runner looks at every executor at this multiple: a look at one costs a call, also if nothing runs there. */
const LOOKS_UNTIL_ALL = 60;
/** Runs of a page. */
const PAGE = 1_000;

/** The most characters of a message that a note shows. */
const MOST_SHOWN = 80;

const SESSION: DetailType = 'Session Began';

interface Told {
  readonly 'detail-type'?: string;
  readonly detail?: {
    readonly composition?: { readonly executorId?: string };
    readonly session?: { readonly id?: string };
  } | null;
}

/** The executor whose composition an event concerns. */
const executorOf = ({ detail }: Told): string | undefined => detail?.composition?.executorId;

/** Whether a message is an event; a queue may have any other messages. */
const isEvent = (event: unknown): event is Told => {
  if (typeof event !== 'object' || event === null) return false;
  const executorId: unknown = executorOf(event);
  return executorId === undefined || (typeof executorId === 'string' && isId(executorId));
};

/** Has the agent look at every executor of the location soon. */
export const lookAtAll = async ({
  taskport,
  agent,
  location,
  signal,
}: Pick<RunOptions, 'taskport' | 'agent' | 'location' | 'signal'>): Promise<void> => {
  for await (const { id } of taskport.elements.list({ kind: 'executor', location, signal })) {
    void agent.lookSoon(id);
  }
};

/** Has the agent look soon at executors with bound or running tasks, and at those that its engine knows. */
const lookAtLive = async ({ taskport, agent, location, signal }: RunOptions): Promise<void> => {
  const live = new Set(await agent.executors());
  for (const state of ['bound', 'running'] as const) {
    const runs = taskport.runs.list({ executorLocation: location, state, limit: PAGE, signal });
    for await (const { executorId } of runs) live.add(executorId);
  }
  for (const id of live) void agent.lookSoon(id);
};

/** Events may be lost, so the runner looks from time to time. */
const keepLooking = async (options: RunOptions): Promise<void> => {
  const { lookMs = LOOK_MS, signal } = options;
  for (let looks = 1; !signal.aborted; looks += 1) {
    await sleep(lookMs, undefined, { signal }).catch(() => {});
    const look = looks % LOOKS_UNTIL_ALL === 0 ? lookAtAll : lookAtLive;
    // If the service does not answer, the next turn looks again.
    if (!signal.aborted) await look(options).catch(() => {});
  }
};

/** Reclaims space without a delay of the looks, because an engine may take minutes to count its data. */
const keepTidy = async ({ lookMs = LOOK_MS, tidy, onNote, signal }: RunOptions): Promise<void> => {
  while (!signal.aborted) {
    await tidy().catch(({ message }) => {
      if (!signal.aborted) onNote(`could not reclaim all space, and tries again: ${message}`);
    });
    await sleep(LOOKS_UNTIL_TIDY * lookMs, undefined, { signal }).catch(() => {});
  }
};

/** The same query, from now on. */
const fromNow = async ({ taskport, signal }: RunOptions, query: EventQuery): Promise<EventQuery> => {
  const { after } = await taskport.events.page({ ...query, after: 'latest', limit: 1, signal });
  return { ...query, after, signal };
};

/** New events of the location: reading begins before the runner looks at everything, so it misses none. */
const toldFromNow = async (options: RunOptions): Promise<AsyncIterable<unknown>> => {
  const { taskport, location } = options;
  const query = await fromNow(options, { location }).catch((error) => {
    // A service of an earlier version sends the events of all locations.
    if (isCode(error, 'invalid-request')) return fromNow(options, {});
    throw error;
  });
  return (async function* () {
    for await (const { event } of taskport.events.watch(query)) yield event;
  })();
};

/** Runs what is bound to the executors of a location, until the signal aborts; running tasks continue after that. */
export const runExecutors = async (options: RunOptions): Promise<void> => {
  const { agent, location, onReady, onSession, onNote, signal } = options;
  // After an abort, the agent does not repeat a look.
  signal.addEventListener('abort', () => void agent.stop(), { once: true });
  try {
    const events = options.events ?? (await toldFromNow(options));
    await agent.adopt();
    await lookAtAll(options);
    onReady();
    void keepLooking(options);
    void keepTidy(options);
    for await (const event of events) {
      if (!isEvent(event)) {
        onNote(`skips a message that is no event: ${JSON.stringify(event).slice(0, MOST_SHOWN)}`);
        continue;
      }
      const executorId = executorOf(event);
      if (executorId === undefined || parseId(executorId, 'executorId').location !== location) continue;
      const { 'detail-type': type, detail } = event;
      if (detail?.session) {
        if (type === SESSION && detail.session.id !== undefined) onSession(detail.session.id);
        continue;
      }
      const looked = agent.look(executorId);
      // Deletes a message of the queue after the look; otherwise the queue delivers it again.
      if (options.events) await looked;
    }
  } finally {
    await agent.stop();
  }
  signal.throwIfAborted();
};
