import { untilUncontended } from '../contention.ts';
import { type ElementRecord, versionOf as versionOfElement } from '../element/element.ts';
import type { ElementStore } from '../element/element-store.ts';
import { parseId } from '../element/id.ts';
import { TaskportError } from '../errors.ts';
import type { LocationCache } from '../location/location-cache.ts';
import type { RunnerStore } from '../location/runner-store.ts';
import { rememberAttempts } from './attempts.ts';
import { isRunning } from './closing.ts';
import {
  type Composition,
  isTask,
  type Member,
  nextComposition,
  referencesOf,
  type TaskMember,
  versionOf,
} from './composition.ts';
import type { CompositionReplacement, CompositionStore } from './composition-store.ts';
import { reportMember } from './report.ts';

/** What a composition is closed by. */
export interface ClosingDependencies {
  readonly compositions: Pick<CompositionStore, 'get' | 'replace'>;
  readonly elements: Pick<ElementStore, 'get' | 'remove'>;
  readonly known: LocationCache;
  readonly runners: Pick<RunnerStore, 'get'>;
  readonly now: () => number;
  readonly newId: () => string;
}

/** How far it came: it is over, or it waits for somebody else. */
export type Closed = 'closed' | 'waits';
type Closing = Composition & Required<Pick<Composition, 'closing'>>;
/** How far a step came; or the composition as it left it, from which the next goes on. */
type Step = Closed | Composition;

const tasksThatRun = ({ members }: Composition): TaskMember[] => members.filter(isTask).filter(isRunning);

/** A member that is deleted with its leave. */
const isHeld = ({ mount }: Member): boolean => mount?.persistent === false;

/** The next state; it is changed in the name of the caller that asked for the closing. */
const next = (
  deps: ClosingDependencies,
  former: Closing,
  change: Parameters<typeof nextComposition>[1],
): Pick<CompositionReplacement, 'composition' | 'former' | 'caller'> => {
  const caller = { principal: former.closing.by, requestId: deps.newId() };
  const at = new Date(deps.now()).toISOString();
  return { composition: nextComposition(former, change, at, caller), former, caller };
};

/** An administrator has given up the machine: what ran there is lost. False where somebody has the location's tasks, or may come to say what became of them. */
const loseOne = async (deps: ClosingDependencies, former: Closing, task: TaskMember): Promise<Step> => {
  const lease = await deps.runners.get(await deps.known.get(parseId(former.executorId, 'id').location));
  if (lease?.fenced === undefined) return 'waits';
  const at = new Date(deps.now()).toISOString();
  const lost = `its machine was fenced: the engine ${lease.fenced}`;
  const report = { attempt: task.task.run.attempt, state: 'exited', lost, at } as const;
  const effect = reportMember(former, task.id, report, at);
  if (!effect) return 'waits';
  const lose = next(deps, former, effect.change);
  await deps.compositions.replace({ ...effect, ...lose });
  return lose.composition;
};

/** Takes out all that waits for nothing, and of volumes that do not persist one at a time, since each takes along what is its own. */
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

/** Once nothing is joined: the executor goes with its composition, or the composition is open again. */
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
    // Another of its name is not what was to go.
    ifMatch: [{ ...versionOfElement(record), composition: versionOf(former) }],
    caller: { principal: closing.by, requestId: deps.newId() },
  };
  const references = await deps.elements.remove(removal).catch((error: unknown) => {
    if (error instanceof TaskportError && error.code === 'not-found') return [];
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
 * Goes on with the closing of a composition as far as that waits for nobody (docs/adr/0048): from how it was seen last, or is. It may be called at any time, late
 * or twice. Throws `unavailable`.
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
      // Where that is not so any more, it is read again.
      present = undefined;
      return step(deps, former);
    });
    if (typeof came === 'string') return came;
    present = came;
  }
};
