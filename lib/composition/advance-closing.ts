import { untilUncontended } from '../contention.ts';
import { type ElementRecord, versionOf as versionOfElement } from '../element/element.ts';
import type { ElementStore } from '../element/element-store.ts';
import { parseId } from '../element/id.ts';
import { isProblem } from '../errors.ts';
import type { LocationCache } from '../location/location-cache.ts';
import type { RunnerStore } from '../location/runner-store.ts';
import { rememberAttempts } from './attempts.ts';
import {
  type Composition,
  isRunning,
  isTask,
  type Member,
  nextComposition,
  referencesOf,
  type TaskMember,
  versionOf,
} from './composition.ts';
import type { CompositionReplacement, CompositionStore } from './composition-store.ts';
import { reportMember } from './report.ts';

/** The dependencies of a closing. */
export interface ClosingDependencies {
  readonly compositions: Pick<CompositionStore, 'get' | 'replace'>;
  readonly elements: Pick<ElementStore, 'get' | 'remove'>;
  readonly known: LocationCache;
  readonly runners: Pick<RunnerStore, 'get'>;
  readonly now: () => number;
  readonly newId: () => string;
}

/** Whether the closing has finished, or waits for somebody else. */
export type Closed = 'closed' | 'waits';
type Closing = Composition & Required<Pick<Composition, 'closing'>>;
/** The result of a step; or the composition after it, from which the next step continues. */
type Step = Closed | Composition;

const tasksThatRun = ({ members }: Composition): TaskMember[] => members.filter(isTask).filter(isRunning);

/** Whether a member is deleted when it leaves. */
const isHeld = ({ mount }: Member): boolean => mount?.persistent === false;

/** The next state of the composition, changed in the name of the caller that asked for the closing. */
const next = (
  deps: ClosingDependencies,
  former: Closing,
  change: Parameters<typeof nextComposition>[1],
): Pick<CompositionReplacement, 'composition' | 'former' | 'caller'> => {
  const caller = { principal: former.closing.by, requestId: deps.newId() };
  const at = new Date(deps.now()).toISOString();
  return { composition: nextComposition(former, change, at, caller), former, caller };
};

/**
 * Marks a task as lost on a machine that an administrator has given up. Answers false if a runner has the lease
 * of the location, or may still come to report the task.
 */
const loseOne = async (deps: ClosingDependencies, former: Closing, task: TaskMember): Promise<Step> => {
  const lease = await deps.runners.get(await deps.known.get(parseId(former.executorId, 'id').location));
  if (lease?.fenced === undefined) return 'waits';
  const at = new Date(deps.now()).toISOString();
  const lost = `its machine was fenced: the engine ${lease.fenced}`;
  const report = { attempt: task.task.run.attempt, state: 'failed', lost, at } as const;
  const effect = reportMember(former, task.id, report, at);
  if (!effect) return 'waits';
  const lose = next(deps, former, effect.change);
  await deps.compositions.replace({ ...effect, ...lose });
  return lose.composition;
};

/**
 * Takes out all members that need not wait. It takes out volumes that do not persist one at a time, since each
 * is deleted with all that belongs to it.
 */
const takeOut = async (
  deps: ClosingDependencies,
  former: Closing,
  free: readonly Member[],
): Promise<Step> => {
  const [held] = free.filter(isHeld);
  const leaving = free.filter((member) => member === held || !isHeld(member));
  const change = {
    members: former.members.filter((member) => !leaving.includes(member)),
    ...rememberAttempts(former, leaving),
  };
  const record: ElementRecord | undefined = held && (await deps.elements.get(held.id));
  const deleted = record && { record, location: await deps.known.get(record.attributes.location) };
  const released = referencesOf(leaving);
  const left = next(deps, former, change);
  await deps.compositions.replace({ ...left, released, ...(deleted ? { deleted } : {}) });
  return left.composition;
};

/**
 * Finishes the closing when no member is left: it deletes the executor with its composition, or opens the
 * composition again.
 */
const finish = async (deps: ClosingDependencies, former: Closing): Promise<Step> => {
  const { executorId, closing } = former;
  if (closing.executor === 'keep') {
    const { composition, ...beside } = next(deps, former, {});
    const { closing: _, ...open } = composition;
    await deps.compositions.replace({ ...beside, composition: { ...open, nonce: deps.newId() } });
    return 'closed';
  }
  const record = await deps.elements.get(executorId);
  if (!record) return 'closed';
  const removal = {
    id: executorId,
    location: await deps.known.get(record.attributes.location),
    // The closing must not delete another executor of the same name.
    ifMatch: [{ ...versionOfElement(record), composition: versionOf(former) }],
    caller: { principal: closing.by, requestId: deps.newId() },
  };
  const references = await deps.elements.remove(removal).catch((error: unknown) => {
    if (isProblem(error, 'not-found')) return [];
    throw error;
  });
  return references.length > 0 ? 'waits' : 'closed';
};

const step = async (deps: ClosingDependencies, former: Composition | undefined): Promise<Step> => {
  if (!former?.closing) return 'closed';
  const closing = former as Closing;
  const [running] = tasksThatRun(former);
  if (running) return loseOne(deps, closing, running);
  const free = former.members.filter(({ saving }) => !saving);
  if (free.length > 0) return takeOut(deps, closing, free);
  return former.members.length > 0 ? 'waits' : finish(deps, closing);
};

/**
 * Continues the closing of a composition until it has to wait for somebody (docs/adr/0048). It starts from
 * `former`, or else from the present state. A caller may call it at any time, late or twice. Throws
 * `unavailable`.
 */
export const advanceClosing = async (
  deps: ClosingDependencies,
  executorId: string,
  seen?: Composition,
): Promise<Closed> => {
  let present = seen;
  for (;;) {
    const came = await untilUncontended(async () => {
      const former = present ?? (await deps.compositions.get(executorId));
      // If the composition has changed since, it is read again.
      present = undefined;
      return step(deps, former);
    });
    if (typeof came === 'string') return came;
    present = came;
  }
};
