import type { Asked, AskedExecutor, Interrupt } from './asked.ts';
import type { Attempt } from './attempt.ts';

/** An attempt that was begun here and is not over. */
export interface Known {
  readonly attempt: Attempt;
  /** The composition of the attempt; undefined if unknown. */
  readonly since: string | undefined;
  /** Whether it runs, so that it can get signals. */
  readonly isStarted: boolean;
  /** The number of signals that it got. */
  readonly interrupts: number;
}

export type Action =
  /** Keep it: it belongs to this composition. */
  | { readonly do: 'keep'; readonly task: Asked }
  /** Stop it, or give up its start. */
  | { readonly do: 'stop'; readonly attempt: Attempt }
  | { readonly do: 'interrupt'; readonly attempt: Attempt; readonly interrupt: Interrupt }
  | { readonly do: 'start'; readonly task: Asked }
  /** Report it as lost: a report says that it runs, but it does not. */
  | { readonly do: 'lose'; readonly task: Asked }
  /** Drop the writes to storage of the executor, except for these. */
  | { readonly do: 'release'; readonly kept: readonly string[] };

const isSame = (one: Attempt, other: Attempt): boolean =>
  one.taskId === other.taskId && one.attempt === other.attempt;

/**
 * The actions for one executor. They follow from its composition (undefined if there is none), the attempts that
 * were begun here and are not over, and the last attempt of each task that ended here, and from nothing else. So
 * it can be called at any time and again. A task begins after its former attempt is over. The first task of an
 * executor begins after all attempts that the composition no longer asks for are over, since these may still use
 * the storage.
 */
export const decide = (
  asked: Pick<AskedExecutor, 'since' | 'tasks' | 'storage'> | undefined,
  known: readonly Known[],
  ended: ReadonlyMap<string, number>,
): Action[] => {
  const tasks = asked?.tasks ?? [];
  const askedOf = ({ attempt, since }: Known): Asked | undefined =>
    since === undefined || since === asked?.since
      ? tasks.find((task) => isSame(task.attempt, attempt))
      : undefined;
  const wanted = new Map(known.map((one) => [one, askedOf(one)]));
  const leftovers = known.filter((one) => !wanted.get(one)?.isToRun);
  const isInTheWay = ({ isFirst, attempt: { taskId } }: Asked): boolean =>
    leftovers.some((one) => isFirst || one.attempt.taskId === taskId);

  const ofKnown = known.flatMap((one): Action[] => {
    const task = wanted.get(one);
    const { attempt, isStarted, interrupts } = one;
    const interrupt = isStarted ? task?.interrupt : undefined;
    return [
      task?.isToRun ? { do: 'keep', task } : { do: 'stop', attempt },
      ...(interrupt && interrupt.count > interrupts
        ? [{ do: 'interrupt', attempt, interrupt } as const]
        : []),
    ];
  });
  const ofOthers = tasks.flatMap((task): Action[] => {
    const { taskId, attempt } = task.attempt;
    const isKnown = known.some((one) => isSame(one.attempt, task.attempt));
    if (isKnown || !task.isToRun || attempt <= (ended.get(taskId) ?? 0)) return [];
    if (task.isLost) return [{ do: 'lose', task }];
    return isInTheWay(task) ? [] : [{ do: 'start', task }];
  });
  return [...ofKnown, ...ofOthers, { do: 'release', kept: asked?.storage ?? [] }];
};
