import { setTimeout as sleep } from 'node:timers/promises';
import { statusOf } from './api-error.ts';

/** Milliseconds before the next try after a failure; they double. */
const FIRST_RETRY_MS = 25;
const MAX_RETRY_MS = 2_000;

/** Repeats a call until an engine answers, and so needs a call that may be made twice. Throws the signal's reason once it aborts. */
export type Persist = <T>(call: () => Promise<T>) => Promise<T>;

/** Tries again until the call succeeds, or fails with an error that is an answer: by default, an engine's refusal. */
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
