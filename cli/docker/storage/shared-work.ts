/** Shares work among callers that request the same at the same time; aborts it when no caller waits for it. */
export class SharedWork<P> {
  readonly #running = new Map<
    string,
    {
      readonly done: Promise<unknown>;
      readonly listeners: Set<(progress: P) => void>;
      readonly stop: AbortController;
    }
  >();

  has(name: string): boolean {
    return this.#running.has(name);
  }

  /** Does the work, or waits for running work of that name and answers its outcome. Begins anew after aborted work has ended. */
  async join<T>(
    name: string,
    begin: (tell: (progress: P) => void, abort: AbortSignal) => Promise<T>,
    onProgress: (progress: P) => void,
    abort: AbortSignal,
  ): Promise<T> {
    abort.throwIfAborted();
    while (this.#running.get(name)?.stop.signal.aborted) {
      await this.#running.get(name)?.done.catch(() => {});
      abort.throwIfAborted();
    }
    const work = this.#running.get(name) ?? this.#begin(name, begin);
    work.listeners.add(onProgress);
    let stopWaiting = (): void => {};
    const stopped = new Promise<never>((_, reject) => {
      stopWaiting = () => reject(abort.reason);
      abort.addEventListener('abort', stopWaiting);
    });
    try {
      return (await Promise.race([work.done, stopped])) as T;
    } catch (error) {
      work.listeners.delete(onProgress);
      if (work.listeners.size === 0) {
        work.stop.abort(abort.reason);
        // The aborted work has removed what it made.
        await work.done.catch(() => {});
      }
      throw error;
    } finally {
      abort.removeEventListener('abort', stopWaiting);
    }
  }

  #begin(name: string, begin: (tell: (progress: P) => void, abort: AbortSignal) => Promise<unknown>) {
    const listeners = new Set<(progress: P) => void>();
    const stop = new AbortController();
    const tell = (progress: P): void => {
      for (const listener of listeners) listener(progress);
    };
    const done = begin(tell, stop.signal).finally(() => this.#running.delete(name));
    done.catch(() => {});
    const work = { done, listeners, stop };
    this.#running.set(name, work);
    return work;
  }
}
