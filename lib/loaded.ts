/**
 * Loads a module by the first call, and answers the same promise to all calls, since each `import()` would
 * resolve the module again.
 */
export const loaded = <T>(load: () => Promise<T>): (() => Promise<T>) => {
  let loading: Promise<T> | undefined;
  return () => {
    loading ??= load();
    return loading;
  };
};
