import { untilUncontended } from '../contention.ts';
import { nextComposition } from './composition.ts';
import type { CompositionDependencies } from './dependencies.ts';
import { superviseMember } from './supervise-member.ts';
import type { Action } from './supervision.ts';
import type { WakeUps } from './wake-ups.ts';

/** The principal of supervision. */
const SUPERVISOR = 'taskport:supervisor';

export interface SupervisionDependencies
  extends Pick<CompositionDependencies, 'compositions' | 'now' | 'newId'> {
  readonly wakeUps: WakeUps;
  /** Continues a composition that is closing. */
  readonly close: (executorId: string) => Promise<unknown>;
}

const superviseOnce = async (
  { compositions, wakeUps, close, now, newId }: SupervisionDependencies,
  executorId: string,
  taskId: string,
): Promise<Action['do'] | undefined> => {
  const former = await compositions.get(executorId);
  if (former?.closing) {
    await close(executorId);
    return undefined;
  }
  const moment = now();
  const supervised = former && superviseMember(former, taskId, moment);
  if (!supervised) return undefined;
  const { action, wakeAt, effect, run } = supervised;
  if (wakeAt !== undefined) {
    const { attempt, state } = run;
    await wakeUps.set({ executorId, incarnation: former.incarnation, taskId, attempt, state }, wakeAt);
  }
  if (!action || !effect) return undefined;
  const caller = { principal: SUPERVISOR, requestId: newId() };
  const at = new Date(moment).toISOString();
  const composition = nextComposition(former, effect.change, at, caller);
  await compositions.replace({ ...effect, composition, former, caller });
  return action.do;
};

/**
 * Takes the due action for a task of an executor, and sets an alarm if another may become due; handles stay
 * valid. It reads the present state, so a caller may call it at any time, late or twice. Answers its actions, in
 * order. Throws `unavailable`.
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
