/** Loads something by the first call, and answers it to all: an `import()` is resolved anew each time that it is run. */
export const loaded = <T>(load: () => Promise<T>): (() => Promise<T>) => {
  let loading: Promise<T> | undefined;
  return () => {
    loading ??= load();
    return loading;
  };
};
