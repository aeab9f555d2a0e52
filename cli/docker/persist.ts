import { setTimeout as sleep } from 'node:timers/promises';
import { statusOf } from './api-error.ts';

/** Milliseconds before an engine is asked again that did not answer; they double. */
const FIRST_RETRY_MS = 25;
const MAX_RETRY_MS = 2_000;

/** Makes a call that may be made twice until an engine answers it, whatever that is. Throws the signal's reason once it is aborted. */
export type Persist = <T>(call: () => Promise<T>) => Promise<T>;

export const persistUntil =
  (signal: AbortSignal): Persist =>
  async (call) => {
    for (let delay = FIRST_RETRY_MS; ; delay = Math.min(delay * 2, MAX_RETRY_MS)) {
      signal.throwIfAborted();
      try {
        return await call();
      } catch (error) {
        if (statusOf(error) !== undefined) throw error;
        await sleep(delay, undefined, { signal }).catch(() => {});
      }
    }
  };
