import type { Asked, AskedExecutor, Interrupt } from './asked.ts';
import type { Attempt } from './attempt.ts';

/** An attempt that was begun here and is not over. */
export interface Known {
  readonly attempt: Attempt;
  /** The composition that it is of; undefined where nobody knows. */
  readonly since: string | undefined;
  /** Whether it runs by now, so that it can be sent signals. */
  readonly isStarted: boolean;
  /** How many signals it was sent. */
  readonly interrupts: number;
}

export type Action =
  /** It belongs to this composition. */
  | { readonly do: 'keep'; readonly task: Asked }
  /** It is to stop, or its start to be given up. */
  | { readonly do: 'stop'; readonly attempt: Attempt }
  | { readonly do: 'interrupt'; readonly attempt: Attempt; readonly interrupt: Interrupt }
  | { readonly do: 'start'; readonly task: Asked }
  /** It is said to run, and does not. */
  | { readonly do: 'lose'; readonly task: Asked }
  /** What was written to storage of the executor goes, but for these. */
  | { readonly do: 'release'; readonly kept: readonly string[] };

const isSame = (one: Attempt, other: Attempt): boolean =>
  one.taskId === other.taskId && one.attempt === other.attempt;

/**
 * What is to be done about one executor, from what its composition asks for (undefined where there is none), what was begun there and is not
 * over, and the last attempt of each task that ended there. It follows from these alone, so that it may be asked at any time and again.
 *
 * A task begins once its former attempt is over, and the first of an executor once all is over that is asked for no more: what stops may
 * hold the storage still.
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
