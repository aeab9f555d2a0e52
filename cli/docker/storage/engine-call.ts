import { except, statusOf } from '../api-error.ts';

/** Repeats a call, once, whose answer was lost; the call must change nothing the second time. */
export const again = async <T>(call: () => Promise<T>): Promise<T> => {
  try {
    return await call();
  } catch (error) {
    if (statusOf(error) !== undefined) throw error;
    return call();
  }
};

/** Removes a thing that may be gone already. */
export const removed = async (call: () => Promise<unknown>): Promise<void> => {
  await again(call).catch(except(404));
};

/** Removes a thing; false if it is in use. */
export const unlessUsed = async (remove: () => Promise<void>): Promise<boolean> =>
  (await remove().then(() => true, except(409))) ?? false;
