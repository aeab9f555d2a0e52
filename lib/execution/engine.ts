import type { Readable } from 'node:stream';
import type { ComposedContainer } from '../composition/plan/composed-container.ts';
import type { Attempt, Exit, Output } from './attempt.ts';
import type { Talk, TalkRequest } from './talk.ts';

/** The progress of a pull before an attempt starts, for the watcher. */
export interface Progress {
  readonly attempt: Attempt;
  /** The element whose data it is. */
  readonly layerId: string;
  /** Bytes, so far and in all. */
  readonly done: number;
  readonly size: number;
}

/** A volume that an executor has for writing, from its bind until its writes are saved or discarded. */
export interface WrittenVolume {
  readonly executorId: string;
  readonly volumeId: string;
  /**
   * The ID of the attachment. Each bind makes a new one, unless the same executor binds a volume whose writes
   * are not saved yet.
   */
  readonly attachment: string;
  /** The checksum of its own data at the bind; absent if it had none. */
  readonly base?: string;
}

/** The whole content of a volume as one archive. Until the sending settles, it can be read again from any offset. */
export interface WrittenArchive {
  /** Bytes. */
  readonly size: number;
  /** `sha256:hex` */
  readonly checksum: string;
  read(from: number, to: number): Readable;
}

/** The progress of a save. */
export interface SaveProgress {
  readonly volume: WrittenVolume;
  readonly phase: 'reading' | 'sending' | 'verifying';
  /** Bytes, so far and in all. */
  readonly done: number;
  readonly size: number;
}

export interface SaveOptions {
  /** Gives the save up, and leaves nothing behind. */
  readonly abort: AbortSignal;
  readonly onProgress?: (progress: SaveProgress) => void;
  /** Called with the name of each file that the archive cannot contain. */
  readonly onNote?: (note: string) => void;
}

/** The engine could not read the writes, with its message. They stay, and the save can be tried again. */
export class SaveError extends Error {
  override name = 'SaveError';
  /** The code of the problem, in words with hyphens. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** An attempt that was started, perhaps by an earlier process. */
export interface Execution {
  readonly attempt: Attempt;
  /** The composition that the start named; absent if the engine did not keep it. */
  readonly since?: string;
  /** RFC 3339, UTC. */
  readonly startedAt: string;
  readonly output: Output;
  /** The count of the last signal that `Engine.signal` sent; 0 for none. */
  readonly interrupts: number;
  /** Settles when the attempt has ended and all of its output is in its logs. Never rejects. */
  readonly ended: Promise<Exit & { readonly at: string }>;
}

/** An attempt that could not be started, with the message of the cause. */
export class LaunchError extends Error {
  override name = 'LaunchError';
}

export interface StartOptions {
  /**
   * When the composition was created. Another composition of the same executor counts its attempts from 1 again.
   * RFC 3339, UTC.
   */
  readonly since: string;
  /** Gives the start up, and leaves nothing behind. */
  readonly abort: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /**
   * Attachments that this engine claimed before. If their writes are missing on it, the start fails instead of
   * beginning with the volume's data.
   */
  readonly claimed?: readonly string[];
  /**
   * Claims the volumes with an attachment for this engine. The engine calls it when the container exists, so
   * that a save finds it, and before the program begins. If it throws, the start throws the same error.
   */
  readonly claim?: () => Promise<void>;
}

/**
 * Runs tasks. Every method may be called again for an action that was done already, also by a later process, and
 * then changes nothing. A started attempt stays until it is forgotten. For an attempt that the engine does not
 * know (it never started, was forgotten, or is lost) methods do nothing and do not fail.
 */
export interface Engine {
  /**
   * Starts an attempt, one of the container's tasks: fetches and verifies what it needs, and runs the task. If
   * it is not the first task, it runs beside the first, which has to run. Settles when it runs; if it was
   * started before, with that execution. Throws `LaunchError`, also when it is aborted, and then leaves nothing
   * behind.
   */
  start(attempt: Attempt, container: ComposedContainer, options: StartOptions): Promise<Execution>;
  /**
   * Sends a signal, without `SIG`; `count` tells it from those before it, so that none is sent twice. Does
   * nothing if the attempt has ended.
   */
  signal(attempt: Attempt, signal: string, count: number): Promise<void>;
  /**
   * Sends its stop signal, and KILL after its `stopSeconds`, or after `mostSeconds` if these are fewer. Settles
   * when it has ended.
   */
  stop(attempt: Attempt, mostSeconds?: number): Promise<void>;
  /**
   * Attaches to the streams of an attempt, or runs a command beside it. Answers undefined if it does not run.
   * Throws `TalkError` if the engine refuses.
   */
  talk(attempt: Attempt, how: TalkRequest): Promise<Talk | undefined>;
  /**
   * Runs the command of its health check beside it; answers whether that ended with 0 in time. False if the
   * attempt does not run.
   */
  check(attempt: Attempt): Promise<boolean>;
  /** The attempts that have begun and were not forgotten, running or ended; does not wait for starts. */
  find(): Promise<readonly Execution[]>;
  /** Removes the remains of an attempt that has ended and was reported. Throws if it still runs. */
  forget(attempt: Attempt): Promise<void>;
  /**
   * Drops writes of the executor that nobody saves, except those to storage in `kept`. Storage that a running
   * task uses stays.
   */
  release(executorId: string, kept: readonly string[]): Promise<void>;
  /** The attachments of which this engine has writes, which may be neither saved nor discarded yet. */
  written(): Promise<readonly WrittenVolume[]>;
  /**
   * Sends the whole volume as one archive if any of its files has changed since it was filled. `unchanged` means
   * that it sends nothing; `absent` means that this engine has nothing of the attachment. The writes stay until
   * `settle`. Throws `SaveError`, the errors of `send`, and an error if a running task has the volume.
   */
  save(
    volume: WrittenVolume,
    send: (archive: WrittenArchive) => Promise<void>,
    options: SaveOptions,
  ): Promise<'unchanged' | 'sent' | 'absent'>;
  /**
   * Ends the engine's part of an attachment. `saved` is the checksum of the volume's data that its last `save`
   * sent, or with which the attachment began: the next attachment begins with it. Without `saved` the writes are
   * discarded.
   */
  settle(volume: WrittenVolume, saved?: string): Promise<void>;
  /**
   * Keeps the writes aside, where no attachment finds them: a user released the volume, and another executor may
   * write to it already.
   */
  setAside(volume: WrittenVolume): Promise<void>;
  /** Releases all resources; the engine is not used afterwards. Tasks run on, and the next process finds them. */
  close(): Promise<void>;
}
