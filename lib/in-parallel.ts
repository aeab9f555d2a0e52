import { firstAborted } from './first-aborted.ts';

/** Acts on all items, up to `limit` at a time. The first failure aborts the others. */
export const inParallel = async <T>(
  items: readonly T[],
  limit: number,
  signal: AbortSignal | undefined,
  act: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> => {
  const ending = new AbortController();
  const either = firstAborted(signal, ending.signal);
  const left = [...items];
  const work = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) {
      either.throwIfAborted();
      await act(item, either);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work));
  } catch (error) {
    ending.abort(error);
    throw error;
  }
};
