import { isProblem } from './errors.ts';

/** The number of tries, after which the caller gets the `revision-mismatch`. */
const MAX_TRIES = 12;

/** Whether an error says that a record has changed since it was read. */
const isContended = (error: unknown): boolean => isProblem(error, 'revision-mismatch');

/** Runs an attempt, and repeats it, up to `tries` times in all, while its error says that another may succeed. */
export const retried = async <T>(
  attempt: () => Promise<T>,
  isTransient: (error: unknown) => boolean,
  tries: number,
): Promise<T> => {
  for (let tried = 1; ; tried += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!isTransient(error) || tried === tries) throw error;
    }
  }
};

/** Runs an attempt that reads, decides and writes, and repeats it if another change came between. */
export const untilUncontended = <T>(attempt: () => Promise<T>): Promise<T> =>
  retried(attempt, isContended, MAX_TRIES);
