import type { Report } from '../composition/report-request.ts';

/** One attempt to run a task of an executor. */
export interface Attempt {
  readonly executorId: string;
  readonly taskId: string;
  /** 1, 2, 3 …, as the composition counts. */
  readonly attempt: number;
}

/** The key of an attempt in maps. */
export const attemptKey = ({ executorId, taskId, attempt }: Attempt): string =>
  JSON.stringify([executorId, taskId, attempt]);

/** The attempt of a key. */
export const attemptIn = (key: string): Attempt => {
  const [executorId, taskId, attempt] = JSON.parse(key);
  return { executorId, taskId, attempt };
};

/** The end of an attempt; `outOfMemory` if a process of it was killed at the memory limit. */
export type Exit =
  /** 0 to 255. */
  | { readonly exitCode: number; readonly outOfMemory?: true }
  /** The signal that ended it, without `SIG`. */
  | { readonly exitSignal: string; readonly outOfMemory?: true }
  /**
   * The attempt is over and its end is unknown: the engine was restarted under it, or its container was removed
   * by hand. The text says what is known.
   */
  | { readonly lost: string };

/** The URIs of an attempt's output; each is absent if the stream is discarded. */
export type Output = NonNullable<Report['output']>;
