import { setTimeout as sleep } from 'node:timers/promises';
import { storePatience } from '../../store-patience.ts';
import { isBarred } from '../../unavailable.ts';
import { classify, unavailable } from './failure.ts';

/** The number of tries. */
export const MAX_TRIES = 8;
/**
 * No try begins after this number of milliseconds, so that the caller gets an answer before API Gateway times
 * out.
 */
const MAX_TRYING_MS = 8_000;
const BASE_DELAY_MS = 20;
const MAX_DELAY_MS = 400;

/** Waits before the nth repeat: full jitter under an exponential cap. */
export const backOff = (attempt: number): Promise<void> =>
  sleep(Math.random() * Math.min(MAX_DELAY_MS, BASE_DELAY_MS * 2 ** attempt));

/** Sends until there is an answer. `repeat` says that an earlier try may have been stored. */
export const retry = async <T>(send: (repeat: boolean) => Promise<T>): Promise<T> => {
  const until = Date.now() + storePatience(MAX_TRYING_MS);
  let repeat = false;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send(repeat);
    } catch (error) {
      const { retryable, ambiguous } = classify(error);
      if (!retryable) throw isBarred(error) ? unavailable(error) : error;
      if (attempt >= MAX_TRIES || Date.now() > until) throw unavailable(error);
      repeat ||= ambiguous;
      await backOff(attempt);
    }
  }
};
