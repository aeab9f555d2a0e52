/** What a command is given of the world, and what it may say to it. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What was asked for. */
  out(text: string): void;
  /** What is said beside it. */
  err(text: string): void;
  /** What is asked for as bytes; settles once they are taken. */
  write(bytes: Uint8Array): Promise<void>;
  /** Standard input, as it comes. */
  input(): AsyncIterable<Uint8Array>;
  /** Whether somebody watches what is said beside. */
  readonly isWatched: boolean;
  /** Aborts when the user does. */
  readonly signal: AbortSignal;
  /** Has the signals of the process handed to a listener, by name, instead of ending the command; answers what ends that. */
  onSignal(listen: (signal: NodeJS.Signals) => void): () => void;
}
