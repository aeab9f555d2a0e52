import type { SessionEnd, TerminalSize } from '../composition/session/channels.ts';
import type { ServedSession } from '../composition/session/session-schema.ts';

/** How a task is talked to. */
export type TalkRequest = Pick<ServedSession, 'kind' | 'args' | 'terminal' | 'stdin' | 'size'>;

/** The streams of a task, or of a command beside it. */
export interface Talk {
  /** What is written, as it comes; while nobody takes it, it stays with who writes. */
  readonly output: AsyncIterable<{ readonly stream: 'stdout' | 'stderr'; readonly bytes: Uint8Array }>;
  /** Settles once it takes more. */
  write(bytes: Uint8Array): Promise<void>;
  endInput(): void;
  resize(size: TerminalSize): Promise<void>;
  /** How it ended, once there is no more output. */
  end(): Promise<SessionEnd>;
  /** Lets go of it: a task runs on, and a command does as long as it needs none of its streams. */
  close(): void;
}

/** What was asked for cannot be had, with the words of the engine. */
export class TalkError extends Error {
  override name = 'TalkError';
}
