import { UnreachableError } from '../lib/unreachable-error.ts';
import { ProblemError } from './problem-error.ts';
import { sleep } from './sleep.ts';
import { StoreError } from './store-error.ts';

/** Called with the error if the service does not answer, and with undefined once it answers again. */
export type OnOutage = (error: Error | undefined) => void;

const FIRST_DELAY_MS = 200;
const MOST_DELAY_MS = 10_000;

/** The wait after this many failures in a row. */
export const delayAfter = (failures: number): number =>
  Math.random() * Math.min(MOST_DELAY_MS, FIRST_DELAY_MS * 2 ** failures);

/** Whether a later call may succeed: the service or the data store did not answer, or cannot answer now. */
export const isOutage = (error: unknown): error is Error => {
  if (error instanceof ProblemError || error instanceof StoreError)
    return error.status >= 500 || [408, 429].includes(error.status);
  // Only the user can give credentials.
  const isUnasked = (error as { cause?: Error }).cause?.name === 'CredentialsProviderError';
  return error instanceof UnreachableError && !isUnasked;
};

/** The answer of a call, which it repeats while the service does not answer. Throws other errors, and the signal's reason. */
export const outlasting = async <T>(
  call: () => Promise<T>,
  onOutage: OnOutage,
  signal?: AbortSignal,
): Promise<T> => {
  for (let failures = 0; ; failures += 1) {
    try {
      const answer = await call();
      if (failures > 0) onOutage(undefined);
      return answer;
    } catch (error) {
      signal?.throwIfAborted();
      if (!isOutage(error)) throw error;
      if (failures === 0) onOutage(error);
    }
    await sleep(delayAfter(failures), signal);
  }
};
