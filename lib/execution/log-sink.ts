import type { Log, Sink } from '../composition/plan/sink.ts';
import type { Attempt } from './attempt.ts';

export type StreamName = 'stdout' | 'stderr';

/** One line of output, without its end. */
export interface Line {
  /** When it was written; RFC 3339, UTC. */
  readonly at: string;
  readonly text: string;
  /** Where it ends in what the task writes, greater than that of each line before it; absent of a line that was read from a log. */
  readonly mark?: string;
}

/** The lines that come within `ms`, and fewer where they have `bytes` before. */
export interface GatheringLimits {
  readonly bytes: number;
  readonly ms: number;
}

/** One stream of one attempt on its way to a log. */
export interface LogSink {
  /** Where it can be read: `file:///…`, `s3://bucket/prefix/`, `cloudwatch://region/group/stream`, `taskport:///…`. */
  readonly uri: string;
  /** The mark of the last line that the log has, where the log keeps marks: a task's output goes on behind it. */
  readonly end?: string | undefined;
  /** How many lines are to be given at once; those that are there where it says nothing. */
  readonly gathered?: GatheringLimits;
  /** Adds lines. Once it settles they stay; after one that failed they are given again, with those that follow them. */
  write(lines: readonly Line[]): Promise<void>;
  /** Everything that was written is where it can be read. */
  close(): Promise<void>;
}

/** A log has less than it had: another writer took the place of what was being stored. What it lacks is to be read again. */
export class Rewound extends Error {
  override name = 'Rewound';
  /** The mark of the last line that it has. */
  readonly mark: string | undefined;

  constructor(mark: string | undefined) {
    super('the log has less than it had');
    this.mark = mark;
  }
}

/** Opens a log, for one stream of one attempt; again after a restart, and goes on where it was. */
export type OpenLog = (log: Log, attempt: Attempt, stream: StreamName) => Promise<LogSink>;

/**
 * Opens what a plan names, for one stream of one attempt of the composition that was created at `since`; again after a restart, and goes on
 * where it was.
 */
export type OpenSink = (
  sink: Exclude<Sink, 'none'>,
  attempt: Attempt,
  stream: StreamName,
  since?: string,
) => Promise<LogSink>;
