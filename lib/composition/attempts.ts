import type { Composition, Member } from './composition.ts';

/** The number of tasks that left whose last attempts are remembered individually. */
const MAX_REMEMBERED = 50;

/**
 * Remembers the last attempts of members that leave. If there are too many, it forgets those that left first,
 * and raises the floor. No task begins below the floor, so no attempt repeats a number of its task.
 */
export const rememberAttempts = (
  { attempts, attemptFloor }: Pick<Composition, 'attempts' | 'attemptFloor'>,
  leaving: readonly Member[],
): Pick<Composition, 'attempts' | 'attemptFloor'> => {
  const left = new Map(Object.entries(attempts));
  for (const { id, task } of leaving) {
    if (!task || task.run.attempt === 0) continue;
    left.delete(id);
    left.set(id, task.run.attempt);
  }
  const entries = [...left];
  const forgotten = entries.slice(0, Math.max(0, entries.length - MAX_REMEMBERED));
  return {
    attempts: Object.fromEntries(entries.slice(forgotten.length)),
    attemptFloor: Math.max(attemptFloor, ...forgotten.map(([, attempt]) => attempt)),
  };
};
