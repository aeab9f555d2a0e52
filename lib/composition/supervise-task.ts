import { untilUncontended } from '../contention.ts';
import { defined } from '../defined.ts';
import {
  type Composition,
  isTask,
  nextComposition,
  type Run,
  type TaskMember,
  withTask,
} from './composition.ts';
import type { CompositionDependencies } from './dependencies.ts';
import type { Effect } from './operation.ts';
import { reportMember } from './report.ts';
import { type Action, restartsOf, supervise } from './supervision.ts';
import type { WakeUps } from './wake-ups.ts';

/** The principal of what supervision does. */
const SUPERVISOR = 'taskport:supervisor';

export interface SupervisionDependencies
  extends Pick<CompositionDependencies, 'compositions' | 'now' | 'newId'> {
  readonly wakeUps: WakeUps;
}

/** Asks for another attempt: what is known of the one before is in the history. */
const startAgain = ({ task: { spec, run } }: TaskMember, at: string): Run => {
  const { attempt, runningSince } = run;
  const restarts = restartsOf(spec, run) + 1;
  return defined({ state: 'bound', attempt: attempt + 1, boundAt: at, restarts, runningSince });
};

/** What an action changes of the composition, with the report that it is kept by where it is one. */
const effectOf = (
  composition: Composition,
  member: TaskMember,
  action: Action,
  at: string,
): Effect | undefined => {
  const { run } = member.task;
  if (action.do !== 'fail') {
    const next = action.do === 'restart' ? startAgain(member, at) : { ...run, halted: action.reason };
    return { change: { members: withTask(composition, member, { run: next }) } };
  }
  const { reason, launchError } = action;
  const report = { attempt: run.attempt, state: 'failed', launchError, at } as const;
  return reportMember(composition, member.id, report, at, reason);
};

const superviseOnce = async (
  { compositions, wakeUps, now, newId }: SupervisionDependencies,
  executorId: string,
  taskId: string,
): Promise<Action['do'] | undefined> => {
  const former = await compositions.get(executorId);
  const member = former?.members.find(({ id }) => id === taskId);
  if (!former || !member?.bound || !isTask(member)) return undefined;
  const { spec, run } = member.task;
  const { action, wakeAt } = supervise(spec, run, now());
  if (wakeAt !== undefined) {
    const { attempt, state } = run;
    await wakeUps.set({ executorId, incarnation: former.incarnation, taskId, attempt, state }, wakeAt);
  }
  if (!action) return undefined;
  const at = new Date(now()).toISOString();
  const effect = effectOf(former, member, action, at);
  if (!effect) return undefined;
  const caller = { principal: SUPERVISOR, requestId: newId() };
  const composition = nextComposition(former, effect.change, at, caller);
  await compositions.replace({ ...effect, composition, former, caller });
  return action.do;
};

/**
 * Does what is due about a task of an executor, and has itself called again when there may be more; handles stay as they
 * are. It looks at what is there, so that it may be called at any time, late or twice. Answers what it did, in order. Throws `unavailable`.
 */
export const superviseTask = async (
  deps: SupervisionDependencies,
  executorId: string,
  taskId: string,
): Promise<readonly Action['do'][]> => {
  const done: Action['do'][] = [];
  for (;;) {
    const action = await untilUncontended(() => superviseOnce(deps, executorId, taskId));
    if (action === undefined) return done;
    done.push(action);
  }
};
