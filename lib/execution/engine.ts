import type { ComposedContainer } from '../composition/plan/composed-container.ts';
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
  /** Of which composition, as it was said at its start; absent where the engine did not keep that. */
  readonly since?: string;
  /** RFC 3339, UTC. */
  readonly startedAt: string;
  readonly output: Output;
  /** The last signal of `Engine.signal` that it was sent: its count; 0 for none. */
  readonly interrupts: number;
  /** Settles when the attempt has ended and all of its output is in its logs. Never rejects. */
  readonly ended: Promise<Exit & { readonly at: string }>;
}

/** An attempt that could not be started, with the words of whatever refused it. */
export class LaunchError extends Error {
  override name = 'LaunchError';
}

export interface StartOptions {
  /** When the composition was created that asks for it: another of the same executor counts its attempts anew. RFC 3339, UTC. */
  readonly since: string;
  /** Gives the start up: nothing of it is left. */
  readonly abort: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * Runs tasks. Every method may be called again for what was done already, also by a process that knows nothing of the one
 * before it, and then changes nothing; what was started stays in place until it is forgotten. For an attempt that an engine does not
 * know (it never started, was forgotten, or is lost) there is nothing to do, and no method fails.
 */
export interface Engine {
  /**
   * Starts an attempt, one of the container's tasks: fetches what it needs, verifies it, and runs the task; beside the first, which has to
   * run, where it is another. Settles once it runs, with the execution that there is where it was started before. Throws `LaunchError`, and
   * then nothing of it is left, as once it is aborted.
   */
  start(attempt: Attempt, container: ComposedContainer, options: StartOptions): Promise<Execution>;
  /** Sends a signal, without `SIG`; `count` tells it from those before it, so that none is sent twice. Nothing where it has ended. */
  signal(attempt: Attempt, signal: string, count: number): Promise<void>;
  /** Sends its stop signal, and KILL once its `stopSeconds` are over, or `mostSeconds` where these are fewer. Settles when it has ended. */
  stop(attempt: Attempt, mostSeconds?: number): Promise<void>;
  /** Runs a command beside it, as its health check says; whether it ended with 0 in time. False where it does not run. */
  check(attempt: Attempt): Promise<boolean>;
  /** What was started and not forgotten, running or ended. */
  find(): Promise<readonly Execution[]>;
  /** Removes what is left of an attempt that has ended and been reported. Throws where it still runs. */
  forget(attempt: Attempt): Promise<void>;
  /** Drops what was written to storage of these executors that is not among `kept` any more: it has left. What a task that runs uses stays. */
  release(executorId: string, kept: readonly string[]): Promise<void>;
  /** Drops what was written to a volume that is gone. Throws where an attempt has it that is not forgotten, or at least one that runs. */
  releaseVolume(volumeId: string): Promise<void>;
  /** Lets go of everything, and is not used afterwards; tasks run on, and are found by the next process. */
  close(): Promise<void>;
}
