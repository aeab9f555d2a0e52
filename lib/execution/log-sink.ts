import type { Sink } from '../composition/plan/sink.ts';
import type { Attempt } from './attempt.ts';

export type StreamName = 'stdout' | 'stderr';

/** One line of output, without its end. */
export interface Line {
  /** When it was read; RFC 3339, UTC. */
  readonly at: string;
  readonly text: string;
}

/** One stream of one attempt on its way to a log. */
export interface LogSink {
  /** Where it can be read: `file:///…`, `s3://bucket/prefix/`, `cloudwatch://region/group/stream`. */
  readonly uri: string;
  /** Adds lines. Once it settles they stay; after one that failed they are given again, and may then be there twice. */
  write(lines: readonly Line[]): Promise<void>;
  /** Everything that was written is where it can be read. */
  close(): Promise<void>;
}

/** Opens what a plan names, for one stream of one attempt; again after a restart, and goes on where it was. */
export type OpenSink = (
  sink: Exclude<Sink, 'none'>,
  attempt: Attempt,
  stream: StreamName,
) => Promise<LogSink>;
