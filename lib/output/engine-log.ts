/** A part of an engine's log. */
export interface EngineLines {
  readonly lines: readonly { readonly at: string; readonly text: string }[];
  /** The place to continue from, in the terms of the log; absent if the log is empty. */
  readonly place?: string;
  /** Whether the log has no more lines so far. */
  readonly isEnd: boolean;
}

/** Reads the logs that an engine writes, by their names. */
export interface EngineLogs {
  /**
   * The lines after a place, or from the beginning. Undefined for a place that is not of this log, or has
   * expired. May throw `unavailable`.
   */
  after(log: string, place: string | undefined): Promise<EngineLines | undefined>;
  /** The last lines. May throw `unavailable`. */
  latest(log: string, lines: number): Promise<EngineLines>;
}
