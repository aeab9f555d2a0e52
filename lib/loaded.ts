/** Loads by the first call, and answers the same promise to all calls. A call after a failure loads again. */
export const loaded = <T>(load: () => Promise<T>): (() => Promise<T>) => {
  let loading: Promise<T> | undefined;
  return () => {
    loading ??= load().catch((error) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
};

/** A port each of whose methods answers a promise. */
type Port<T> = { readonly [K in keyof T]: (...asked: never) => Promise<unknown> };

/** A port that is loaded by the first call of a method. */
export const lazily = <T extends Port<T>>(load: () => Promise<T>): T => {
  const port = loaded(load);
  return new Proxy({} as T, {
    // An `await` of the port itself must not find a `then`.
    get: (_, name) =>
      typeof name === 'symbol' || name === 'then'
        ? undefined
        : async (...asked: never) => (await port())[name as keyof T](...asked),
  });
};
