/** What a server knows of changes to what its callers follow, so that an answer that continues need not look for them often. */
export interface ChangeCount {
  /** How many there were so far. */
  readonly count: number;
  /** Settles at the first change beyond this count, at the latest after this time or when the server stops. */
  after(count: number, milliseconds: number, stopped: AbortSignal): Promise<void>;
}
