import { endInWords } from '../../lib/composition/end-in-words.ts';
import { isUsedUp } from '../told-composition.ts';
import { codeOfEnd, untilInWords } from '../told-end.ts';
import { shortOf } from './made-by-run.ts';
import type { TaskState } from './task-state.ts';

/** More about an end than its exit code tells; undefined if there is no more. */
export const endOfRun = (
  executorId: string,
  state: TaskState | undefined,
  timeout: string | undefined,
): string | undefined => {
  if (state === undefined) return `${shortOf(executorId)} was removed while it ran`;
  const { reason, state: is, attempt, outOfMemory } = state.task;
  const gaveUp = isUsedUp(state) ? `gave up after ${attempt} attempts` : undefined;
  if (reason === undefined)
    return `${shortOf(executorId)} was stopped before it ${is === 'created' ? 'started' : 'ended'}`;
  if (reason === 'run-deadline' && timeout !== undefined)
    return `stopped: it ran longer than --timeout ${timeout}`;
  const isPlain = reason === 'failed' || (reason === 'completed' && !outOfMemory);
  return [isPlain ? undefined : endInWords(state.task), gaveUp].filter(Boolean).join('; ') || undefined;
};

/** How an attempt ended, and when the next begins; undefined if no next one follows. */
export const nextInWords = ({ task }: TaskState, now: number): string | undefined => {
  const { nextAttemptAt, restartsLeft, ...end } = task;
  if (nextAttemptAt === undefined) return undefined;
  const how = codeOfEnd(end);
  const left = restartsLeft === undefined ? '' : ` (${restartsLeft} left)`;
  return `${how === undefined ? endInWords(end) : `ended with ${how}`}, restarts ${untilInWords(nextAttemptAt, now)}${left}`;
};
