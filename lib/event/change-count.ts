/** Counts the changes of this process. An answer that continues waits for the next one, so that it need not look often. */
export interface ChangeCount {
  /** The number of changes so far. */
  readonly count: number;
  /** Settles at the first change beyond this count, at the latest after this time or when the server stops. */
  after(count: number, milliseconds: number, stopped: AbortSignal): Promise<void>;
}
