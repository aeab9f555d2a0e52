import type { Log, Sink } from '../composition/plan/sink.ts';
import type { Attempt } from './attempt.ts';

export type StreamName = 'stdout' | 'stderr';

/** One line of output, without its end. */
export interface Line {
  /** When it was written; RFC 3339, UTC. */
  readonly at: string;
  readonly text: string;
  /**
   * The position of its end in the task's output, greater than that of each line before; absent for a line that
   * was read from a log.
   */
  readonly mark?: string;
}

/** Collects lines for `ms`, or until they have `bytes`. */
export interface GatheringLimits {
  readonly bytes: number;
  readonly ms: number;
}

/** One stream of one attempt on its way to a log. */
export interface LogSink {
  /**
   * The address for readers: `file:///…`, `s3://bucket/prefix/`, `cloudwatch://region/group/stream`,
   * `taskport:///…`.
   */
  readonly uri: string;
  /** The mark of the last line in the log, if the log keeps marks: the task's output continues after it. */
  readonly end?: string | undefined;
  /** How many lines to collect for one write; without it, those that are available. */
  readonly gathered?: GatheringLimits;
  /**
   * Adds lines. They are stored when it settles. After an error the caller gives them again, with those that
   * follow.
   */
  write(lines: readonly Line[]): Promise<void>;
  /** Settles when readers can read everything that was written. */
  close(): Promise<void>;
}

/**
 * Thrown if a log has lost lines, since another writer replaced a part that was being stored. The task's output
 * has to be read again from `mark`.
 */
export class Rewound extends Error {
  override name = 'Rewound';
  /** The mark of the last line in the log. */
  readonly mark: string | undefined;

  constructor(mark: string | undefined) {
    super('the log has less than it had');
    this.mark = mark;
  }
}

/** Opens a log for one stream of one attempt. After a restart it continues at the end of the log. */
export type OpenLog = (log: Log, attempt: Attempt, stream: StreamName) => Promise<LogSink>;

/**
 * Opens the destination that a plan names, for one stream of one attempt of the composition that was created at
 * `since`. After a restart it continues at the end of the log.
 */
export type OpenSink = (
  sink: Exclude<Sink, 'none'>,
  attempt: Attempt,
  stream: StreamName,
  since?: string,
) => Promise<LogSink>;
