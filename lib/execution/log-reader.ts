import type { Attempt } from './attempt.ts';
import type { Line, StreamName } from './log-sink.ts';

/** Selects lines of a log, which may contain those of many attempts. */
export interface LogFilter {
  readonly attempt: Attempt;
  readonly stream: StreamName;
}

export interface ReadOptions {
  /** Waits for lines until this aborts, and still reads those that exist by then. Without it, reads the lines that exist. */
  readonly follow?: AbortSignal | undefined;
  /** Ends the reading, which throws the reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Reads lines that a `LogSink` has written, by its `uri`. */
export interface LogReader {
  /** The lines in the order in which they were written; none if nothing was. */
  read(uri: string, filter: LogFilter, options?: ReadOptions): AsyncIterable<Line>;
}
