import type { TerminalSize } from '../client/sessions.ts';

/** A terminal of a user. */
export interface Terminal {
  /** Whether standard input is the terminal. */
  readonly isTypedAt: boolean;
  /** Undefined if output does not go to the terminal. */
  size(): TerminalSize | undefined;
  /** Passes on each key at once if standard input is the terminal, and reports the size now and after each change. Answers a function that resets the terminal. */
  takeOver(how: { readonly isTyped: boolean; readonly onResize: (size: TerminalSize) => void }): () => void;
}

/** The environment of a command, and its output. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Prints the requested output. */
  out(text: string): void;
  /** Prints messages. */
  err(text: string): void;
  /** Writes bytes; settles once they are written. The default is standard output. */
  write(bytes: Uint8Array, stream?: 'stdout' | 'stderr'): Promise<void>;
  /** Standard input. */
  input(): AsyncIterable<Uint8Array> & { destroy?(): void };
  /** The terminal, if standard input or output is one. */
  readonly terminal?: Terminal | undefined;
  /** Whether a user sees messages at a terminal. */
  readonly isWatched: boolean;
  /** Aborts when the user interrupts the command. */
  readonly signal: AbortSignal;
  /** Passes the signals of the process to a listener, by name, instead of ending the command; answers a function that stops this. */
  onSignal(listen: (signal: NodeJS.Signals) => void): () => void;
}
