import { unavailable } from '../engine/failure.ts';
import { backOff } from '../engine/retry.ts';

const MAX_ATTEMPTS = 10;

/**
 * Thrown if another caller was faster, so that this one starts over: a guard exists, an intent was removed, or a
 * row has changed since it was read.
 */
export class Outrun extends Error {}

/** Acts, and again after each error of this kind, with a pause between. Throws `unavailable` after ten of them. */
export const startingOver = async <T>(act: () => Promise<T>, kind: new () => Error = Outrun): Promise<T> => {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    if (attempt > 1) await backOff(attempt);
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof kind)) throw error;
    }
  }
  throw unavailable();
};
