import { sleep } from './sleep.ts';

/** Milliseconds between two looks. */
const LEAST = 100;
const MOST = 3_000;
/** The share of the time so far that the next wait takes, so that a caller learns of an end soon after it, however long it takes. */
const SHARE = 1 / 16;

/** Calls `look` until it answers something, and answers that. Looks less and less often. Throws the signal's reason. */
export const untilSettled = async <T>(
  look: () => Promise<T | undefined>,
  signal: AbortSignal | undefined,
): Promise<T> => {
  const from = performance.now();
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(Math.min(MOST, Math.max(LEAST, (performance.now() - from) * SHARE)), signal);
  }
};
