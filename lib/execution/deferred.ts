/** A promise that other code settles. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  /** Settles it; only the first call counts. */
  resolve(value: T): void;
}

export const deferred = <T>(): Deferred<T> => {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
};
