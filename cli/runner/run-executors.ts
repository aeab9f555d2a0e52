import { setTimeout as sleep } from 'node:timers/promises';
import type { EventQuery } from '../../client/events.ts';
import { ProblemError } from '../../client/problem-error.ts';
import type { Taskport } from '../../client/taskport.ts';
import { parseId } from '../../lib/element/id.ts';
import type { DetailType } from '../../lib/event/catalogue.ts';
import type { Agent } from '../../lib/execution/agent.ts';

export interface RunOptions {
  readonly taskport: Taskport;
  readonly agent: Agent;
  /** Lets go of what nobody needs any more: at the beginning, and now and then. Tried again where it throws. */
  readonly tidy: () => Promise<void>;
  /** The location whose executors are run. */
  readonly location: string;
  /** Events as EventBridge delivers them; those that Taskport logs from now on without. */
  readonly events?: AsyncIterable<unknown>;
  /** Called once everything that is bound is being looked at. */
  readonly onReady: () => void;
  /** Called once somebody wants to talk to a task of the location. */
  readonly onSession: (session: string) => void;
  /** How often everything is looked at, whatever was told; a minute unless it says otherwise. */
  readonly lookMs?: number;
  readonly signal: AbortSignal;
}

const LOOK_MS = 60_000;
/** The runner tidies at every tenth look. */
const LOOKS_UNTIL_TIDY = 10;

const SESSION: DetailType = 'Session Began';

interface Told {
  readonly 'detail-type'?: string;
  readonly detail?: {
    readonly composition?: { readonly executorId?: string };
    readonly session?: { readonly id?: string };
  };
}

/** The executor whose composition an event is of. */
const executorOf = ({ detail }: Told): string | undefined => detail?.composition?.executorId;

/** Has the agent look at every executor of the location. */
export const lookAtAll = async ({
  taskport,
  agent,
  location,
  signal,
}: Pick<RunOptions, 'taskport' | 'agent' | 'location' | 'signal'>): Promise<void> => {
  for await (const { id } of taskport.elements.list({ kind: 'executor', location, signal })) {
    void agent.look(id);
  }
};

/** An event may be lost for good: now and then everything is looked at, whatever was told. */
const keepLooking = async (options: RunOptions): Promise<void> => {
  const { lookMs = LOOK_MS, tidy, signal } = options;
  for (let looks = 0; !signal.aborted; looks += 1) {
    if (looks % LOOKS_UNTIL_TIDY === 0) await tidy().catch(() => {});
    await sleep(lookMs, undefined, { signal }).catch(() => {});
    if (!signal.aborted) await lookAtAll(options).catch(() => {});
  }
};

/** The same question from now on. */
const fromNow = async ({ taskport, signal }: RunOptions, query: EventQuery): Promise<EventQuery> => {
  const { after } = await taskport.events.page({ ...query, after: 'latest', limit: 1, signal });
  return { ...query, after, signal };
};

/** What is told of the location from here on: it begins before everything is looked at, so that nothing falls between. */
const toldFromNow = async (options: RunOptions): Promise<AsyncIterable<unknown>> => {
  const { taskport, location } = options;
  const query = await fromNow(options, { location }).catch((error) => {
    // A service of the version before is asked for everything.
    if (error instanceof ProblemError && error.code === 'invalid-request') return fromNow(options, {});
    throw error;
  });
  return (async function* () {
    for await (const { event } of taskport.events.watch(query)) yield event;
  })();
};

/** Runs what is bound to the executors of a location, until the signal aborts; what runs then goes on. */
export const runExecutors = async (options: RunOptions): Promise<void> => {
  const { agent, location, onReady, onSession, signal } = options;
  // What is being looked at is given up at once, not tried again.
  signal.addEventListener('abort', () => void agent.stop(), { once: true });
  try {
    const events = options.events ?? (await toldFromNow(options));
    await agent.adopt();
    await lookAtAll(options);
    onReady();
    void keepLooking(options);
    for await (const event of events) {
      const executorId = executorOf(event as Told);
      if (executorId === undefined || parseId(executorId, 'executorId').location !== location) continue;
      const { 'detail-type': type, detail } = event as Told;
      if (detail?.session) {
        if (type === SESSION && detail.session.id !== undefined) onSession(detail.session.id);
        continue;
      }
      const looked = agent.look(executorId);
      // What a queue gave is done with once it was looked at; it comes again otherwise.
      if (options.events) await looked;
    }
  } finally {
    await agent.stop();
  }
  signal.throwIfAborted();
};
