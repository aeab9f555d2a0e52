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
import type { Report } from './report-request.ts';
import { type Action, supervise } from './supervision.ts';
import type { WakeUps } from './wake-ups.ts';

/** The principal of what supervision does. */
const SUPERVISOR = 'taskport:supervisor';

export interface SupervisionDependencies
  extends Pick<CompositionDependencies, 'compositions' | 'now' | 'newId'> {
  readonly wakeUps: WakeUps;
}

/** Asks for another attempt: what is known of the one before is in the history. */
const nextAttempt = ({ attempt, restarts = 0, runningSince }: Run, at: string): Run =>
  defined({ state: 'bound', attempt: attempt + 1, boundAt: at, restarts: restarts + 1, runningSince });

/** What an action changes of the composition, and the report that it is kept by where it is one. */
const effectOf = (
  composition: Composition,
  member: TaskMember,
  action: Action,
  at: string,
): Effect | undefined => {
  const { run } = member.task;
  if (action.do !== 'fail') {
    const next = action.do === 'restart' ? nextAttempt(run, at) : { ...run, halted: action.reason };
    return { change: { members: withTask(composition, member, { run: next }) } };
  }
  const report: Report = { attempt: run.attempt, state: 'failed', launchError: action.launchError, at };
  const effect = reportMember(composition, member.id, report, at);
  return effect && { ...effect, report: { taskId: member.id, report } };
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
