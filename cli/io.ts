import type { TerminalSize } from '../client/sessions.ts';

/** A terminal that somebody sits at. */
export interface Terminal {
  /** Whether what comes in is typed there. */
  readonly isTypedAt: boolean;
  /** Undefined where output goes elsewhere. */
  size(): TerminalSize | undefined;
  /** Has every key come in as it is typed, where somebody types, and tells of its size now and later. Answers what gives the terminal back. */
  takeOver(how: { readonly isTyped: boolean; readonly onResize: (size: TerminalSize) => void }): () => void;
}

/** What a command is given of the world, and what it may say to it. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What was asked for. */
  out(text: string): void;
  /** What is said beside it. */
  err(text: string): void;
  /** What is asked for as bytes; settles once they are taken. They go to standard output unless it says otherwise. */
  write(bytes: Uint8Array, stream?: 'stdout' | 'stderr'): Promise<void>;
  /** Standard input, as it comes. */
  input(): AsyncIterable<Uint8Array> & { destroy?(): void };
  /** What somebody sits at, where standard input or output is that. */
  readonly terminal?: Terminal | undefined;
  /** Whether somebody watches what is said beside. */
  readonly isWatched: boolean;
  /** Aborts when the user does. */
  readonly signal: AbortSignal;
  /** Has the signals of the process handed to a listener, by name, instead of ending the command; answers what ends that. */
  onSignal(listen: (signal: NodeJS.Signals) => void): () => void;
}
