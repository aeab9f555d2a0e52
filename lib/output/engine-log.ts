/** A part of what an engine has in a log of its own. */
export interface EngineLines {
  readonly lines: readonly { readonly at: string; readonly text: string }[];
  /** Where to go on, in the words of the log; absent where nothing is there yet. */
  readonly place?: string;
  /** Whether nothing is behind it by now. */
  readonly isEnd: boolean;
}

/** The logs that an engine writes by itself, each by its name. */
export interface EngineLogs {
  /** What is behind a place, or all from the beginning. Undefined for a place that is none of that log, or none any more. May throw `unavailable`. */
  after(log: string, place: string | undefined): Promise<EngineLines | undefined>;
  /** The last lines. May throw `unavailable`. */
  latest(log: string, lines: number): Promise<EngineLines>;
}
