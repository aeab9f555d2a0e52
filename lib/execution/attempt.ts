import type { Report } from '../composition/report-request.ts';

/** One attempt to run a task of an executor. */
export interface Attempt {
  readonly executorId: string;
  readonly taskId: string;
  /** 1, 2, 3 …, as the composition counts them. */
  readonly attempt: number;
}

/** An attempt as a key of maps. */
export const attemptKey = ({ executorId, taskId, attempt }: Attempt): string =>
  JSON.stringify([executorId, taskId, attempt]);

/** How an attempt ended; `outOfMemory` where the limit of its memory ended it. */
export type Exit =
  /** 0 to 255. */
  | { readonly exitCode: number; readonly outOfMemory?: true }
  /** The signal that ended it, without `SIG`. */
  | { readonly exitSignal: string; readonly outOfMemory?: true }
  /** It is over and nobody knows how: the engine was restarted under it, its container was removed by hand. Says what is known. */
  | { readonly lost: string };

/** Where the output of an attempt is, as URIs; absent where it goes nowhere. */
export type Output = NonNullable<Report['output']>;
