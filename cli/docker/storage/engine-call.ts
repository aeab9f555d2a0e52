import { except, statusOf } from '../api-error.ts';

/** Repeats a call, once, whose answer was lost: of one that does nothing the second time. */
export const again = async <T>(call: () => Promise<T>): Promise<T> => {
  try {
    return await call();
  } catch (error) {
    if (statusOf(error) !== undefined) throw error;
    return call();
  }
};

/** Removes what may be gone already. */
export const removed = async (call: () => Promise<unknown>): Promise<void> => {
  await again(call).catch(except(404));
};

/** Removes what may be in use; false where it is. */
export const unlessUsed = async (remove: () => Promise<void>): Promise<boolean> =>
  (await remove().then(() => true, except(409))) ?? false;
