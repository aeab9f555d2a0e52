import type { SessionEnd, TerminalSize } from '../composition/session/channels.ts';
import type { ServedSession } from '../composition/session/session-schema.ts';

/** The way to attach to a task, or the command to run beside it. */
export type TalkRequest = Pick<ServedSession, 'kind' | 'args' | 'terminal' | 'stdin' | 'size'>;

/** The streams of a task, or of a command beside it. */
export interface Talk {
  /** The output as it arrives. The writer waits while nobody reads it. */
  readonly output: AsyncIterable<{ readonly stream: 'stdout' | 'stderr'; readonly bytes: Uint8Array }>;
  /** Settles when it accepts more. */
  write(bytes: Uint8Array): Promise<void>;
  endInput(): void;
  resize(size: TerminalSize): Promise<void>;
  /** How it ended, after the last output. */
  end(): Promise<SessionEnd>;
  /** Closes the connection: a task runs on, and a command does as long as it uses none of its streams. */
  close(): void;
}

/** The engine refused the session, with its message. */
export class TalkError extends Error {
  override name = 'TalkError';
}
