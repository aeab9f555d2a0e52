import { useCallback, useEffect, useState } from 'preact/hooks';

export interface Loaded<T> {
  /** The last value; it stays while a new read runs. */
  readonly value: T | undefined;
  readonly error: unknown;
  readonly isLoading: boolean;
  reload(): void;
}

/** Reads data when a view appears, and again when a dependency changes. It drops late answers. */
export const useLoad = <T>(
  read: (signal: AbortSignal) => Promise<T>,
  inputs: readonly unknown[],
): Loaded<T> => {
  const [state, setState] = useState<Omit<Loaded<T>, 'reload'>>({
    value: undefined,
    error: undefined,
    isLoading: true,
  });
  const [round, setRound] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    setState((before) => ({ ...before, isLoading: true }));
    read(abort.signal).then(
      (value) => abort.signal.aborted || setState({ value, error: undefined, isLoading: false }),
      (error) =>
        abort.signal.aborted || setState((before) => ({ value: before.value, error, isLoading: false })),
    );
    return () => abort.abort();
  }, [...inputs, round]);
  const reload = useCallback(() => setRound((before) => before + 1), []);
  return { ...state, reload };
};
