import { TaskportError } from './errors.ts';

/** How often something is tried. */
const MAX_TRIES = 12;

/** Whether an error says that a record is no more as it was read. */
const isContended = (error: unknown): boolean =>
  error instanceof TaskportError && error.code === 'revision-mismatch';

/** Reads, decides and writes; anew where another change came between, so often that it hardly ever gives up. */
export const untilUncontended = async <T>(attempt: () => Promise<T>): Promise<T> => {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!isContended(error) || tries === MAX_TRIES) throw error;
    }
  }
};
