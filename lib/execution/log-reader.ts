import type { Attempt } from './attempt.ts';
import type { Line, StreamName } from './log-sink.ts';

/** Which lines of a log are read: one may hold those of many. */
export interface LogFilter {
  readonly attempt: Attempt;
  readonly stream: StreamName;
}

export interface ReadOptions {
  /** Waits for lines until this aborts, and still reads those that exist by then. Without it, reads the lines that exist. */
  readonly follow?: AbortSignal | undefined;
  /** Ends the reading where it stands: it throws the reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Reads what a `LogSink` has written, by its `uri`. */
export interface LogReader {
  /** The lines in the order in which they were written; none where nothing was. */
  read(uri: string, filter: LogFilter, options?: ReadOptions): AsyncIterable<Line>;
}
