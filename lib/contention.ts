import { TaskportError } from './errors.ts';

/** The number of tries, after which the caller gets the `revision-mismatch`. */
const MAX_TRIES = 12;

/** Whether an error says that a record has changed since it was read. */
const isContended = (error: unknown): boolean =>
  error instanceof TaskportError && error.code === 'revision-mismatch';

/**
 * Runs an attempt that reads, decides and writes. Repeats it, up to `MAX_TRIES` times, while other changes come
 * between.
 */
export const untilUncontended = async <T>(attempt: () => Promise<T>): Promise<T> => {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!isContended(error) || tries === MAX_TRIES) throw error;
    }
  }
};
