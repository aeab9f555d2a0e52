/** Waits, in Node and in browsers. Throws the signal's reason if the signal aborts. */
export const sleep = (milliseconds: number, signal?: AbortSignal): Promise<void> =>
  new Promise((settle, fail) => {
    signal?.throwIfAborted();
    const abort = (): void => {
      clearTimeout(timer);
      fail(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      settle();
    }, milliseconds);
    signal?.addEventListener('abort', abort, { once: true });
  });
