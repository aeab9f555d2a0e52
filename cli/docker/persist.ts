import { setTimeout as sleep } from 'node:timers/promises';
import { statusOf } from './api-error.ts';

/** Milliseconds before something is tried again that came to nothing; they double. */
const FIRST_RETRY_MS = 25;
const MAX_RETRY_MS = 2_000;

/** Makes a call that may be made twice until an engine answers it, whatever that is. Throws the signal's reason once it is aborted. */
export type Persist = <T>(call: () => Promise<T>) => Promise<T>;

/** Tries again until it works, or fails with an error that is an answer: without `isAnswer`, with what an engine refuses. */
export const persistUntil =
  (
    signal: AbortSignal,
    isAnswer = (error: unknown): boolean => statusOf(error) !== undefined,
    longest = MAX_RETRY_MS,
  ): Persist =>
  async (call) => {
    for (let delay = FIRST_RETRY_MS; ; delay = Math.min(delay * 2, longest)) {
      signal.throwIfAborted();
      try {
        return await call();
      } catch (error) {
        if (isAnswer(error)) throw error;
        await sleep(delay, undefined, { signal }).catch(() => {});
      }
    }
  };
