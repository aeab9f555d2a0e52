import type { Readable } from 'node:stream';
import type { ComposedContainer } from '../composition/plan/composed-container.ts';
import type { Attempt, Exit, Output } from './attempt.ts';
import type { Talk, TalkRequest } from './talk.ts';

/** What is pulled before an attempt starts, for the watcher. */
export interface Progress {
  readonly attempt: Attempt;
  /** The element whose data it is. */
  readonly layerId: string;
  /** Bytes, so far and in all. */
  readonly done: number;
  readonly size: number;
}

/** A volume that an executor has for writing, from its bind until what was written is saved or given up. */
export interface WrittenVolume {
  readonly executorId: string;
  readonly volumeId: string;
  /** The ID of the attachment. Each bind makes another, unless the same executor binds what is not saved yet. */
  readonly attachment: string;
  /** The checksum of its own data when it was bound; absent where it had none. */
  readonly base?: string;
}

/** All that a volume holds, as one archive; it can be read again from anywhere until the sending settles. */
export interface WrittenArchive {
  /** Bytes. */
  readonly size: number;
  /** `sha256:hex` */
  readonly checksum: string;
  read(from: number, to: number): Readable;
}

/** How far a save is. */
export interface SaveProgress {
  readonly volume: WrittenVolume;
  readonly phase: 'reading' | 'sending' | 'verifying';
  /** Bytes, so far and in all. */
  readonly done: number;
  readonly size: number;
}

export interface SaveOptions {
  /** Gives the save up: nothing of it is left. */
  readonly abort: AbortSignal;
  readonly onProgress?: (progress: SaveProgress) => void;
  /** Says what of the volume the archive cannot hold, each by its name. */
  readonly onNote?: (note: string) => void;
}

/** What was written could not be read on the engine, with the words of what refused it; it stays, and can be tried again. */
export class SaveError extends Error {
  override name = 'SaveError';
  /** Which problem it is, in words with hyphens. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
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
  /** Attachments for which an engine was named before: where what was written is gone from it, nothing begins in its place. */
  readonly claimed?: readonly string[];
  /**
   * Names this engine as the one that has what is written to volumes with an attachment: called once what is to run is there, so that a save sees
   * it, and before it begins. What it throws, the start throws.
   */
  readonly claim?: () => Promise<void>;
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
  /**
   * Attaches to the streams of an attempt, or runs a command beside it. Undefined where it does not run. Throws `TalkError` for what the
   * engine refuses.
   */
  talk(attempt: Attempt, how: TalkRequest): Promise<Talk | undefined>;
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
  /** What this engine has of attachments: what was written there may be neither saved nor given up. */
  written(): Promise<readonly WrittenVolume[]>;
  /**
   * Has the whole volume sent as one archive where anything of it is not as it was when it was filled. `unchanged`: nothing is sent. `absent`:
   * this engine has nothing of the attachment. What was written stays until it is settled. Throws `SaveError`, what `send` throws, and where a
   * task that runs has the volume.
   */
  save(
    volume: WrittenVolume,
    send: (archive: WrittenArchive) => Promise<void>,
    options: SaveOptions,
  ): Promise<'unchanged' | 'sent' | 'absent'>;
  /**
   * Ends what the engine has of an attachment. `saved` is the checksum of the data of the volume that its last `save` sent, or that it began
   * as: another attachment begins with it. Without it what was written is given up.
   */
  settle(volume: WrittenVolume, saved?: string): Promise<void>;
  /** Keeps what was written aside, where no attachment finds it: somebody released it, and another may write by now. */
  setAside(volume: WrittenVolume): Promise<void>;
  /** Lets go of everything, and is not used afterwards; tasks run on, and are found by the next process. */
  close(): Promise<void>;
}
