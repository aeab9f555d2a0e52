import type { OciPlan } from '../composition/plan/oci.ts';
import type { Attempt, Exit, Output } from './attempt.ts';

/** What is pulled before an attempt starts, for whoever watches. */
export interface Progress {
  readonly attempt: Attempt;
  /** The element whose data it is. */
  readonly layerId: string;
  /** Bytes, so far and in all. */
  readonly done: number;
  readonly size: number;
}

/** An attempt that was started, perhaps by a process before this one. */
export interface Execution {
  readonly attempt: Attempt;
  /** RFC 3339, UTC. */
  readonly startedAt: string;
  readonly output: Output;
  /** The last signal of `Executor.signal` that it was sent: its count; 0 for none. */
  readonly interrupts: number;
  /** Settles when the attempt has ended and all of its output is in its logs. Never rejects. */
  readonly ended: Promise<Exit & { readonly at: string }>;
}

/** An attempt that could not be started, with the words of whatever refused it. */
export class LaunchError extends Error {
  override name = 'LaunchError';
}

/**
 * Runs tasks. Every method may be called again for what was done already, also by a process that knows nothing of the one
 * before it, and then changes nothing; what was started stays in place until it is forgotten.
 */
export interface Executor {
  /**
   * Starts an attempt: fetches what its plan needs, verifies it, and runs the task, as the container's first process where the
   * plan says so and as a further one otherwise. Settles once it runs. Throws `LaunchError`; once aborted, nothing of it is left.
   */
  start(
    attempt: Attempt,
    plan: OciPlan,
    options: { readonly abort: AbortSignal; readonly onProgress?: (progress: Progress) => void },
  ): Promise<Execution>;
  /** Sends a signal, without `SIG`; `count` tells it from those before it, so that none is sent twice. Nothing where it has ended. */
  signal(attempt: Attempt, signal: string, count: number): Promise<void>;
  /** Sends its stop signal, and KILL once its `stopSeconds` are over. Settles when it has ended. */
  stop(attempt: Attempt): Promise<void>;
  /** Runs a command beside it, as its health check says; whether it ended with 0 in time. */
  check(attempt: Attempt): Promise<boolean>;
  /** What was started and not forgotten, running or ended. */
  find(): Promise<readonly Execution[]>;
  /** Removes what is left of an attempt that has ended and been reported. */
  forget(attempt: Attempt): Promise<void>;
  /** Drops what was written to storage of these executors that is not among `kept` any more: it has left. */
  release(executorId: string, kept: readonly string[]): Promise<void>;
}
