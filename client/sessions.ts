import {
  closeMessage,
  ERROR,
  endIn,
  MOST_BYTES,
  message,
  resizeMessage,
  type SessionEnd,
  STDERR,
  STDIN,
  STDOUT,
  type TerminalSize,
} from '../lib/composition/session/channels.ts';
import type { OpenedSession, SessionRequest } from '../lib/composition/session/session-schema.ts';
import { UnreachableError } from '../lib/unreachable-error.ts';
import type { MessageSocket } from './platform/platform.ts';

export type { SessionEnd, SessionRequest, TerminalSize };

/** The output of a session's process. */
export interface SessionOutput {
  readonly stream: 'stdout' | 'stderr';
  readonly bytes: Uint8Array;
}

/**
 * A session with a running task. Read its output: the process waits if its output is not read.
 *
 * @example
 * const session = await taskport.compositions.session(handle, { id, kind: 'exec', args: ['cat'] });
 * await session.write(bytes);
 * await session.endInput();
 * for await (const { stream, bytes } of session.output()) …
 * const end = await session.end; // { exitCode: 0 }
 */
export class Session {
  /** The details that the service answered: the attempt, and whether it has a terminal. */
  readonly opened: Omit<OpenedSession, 'url'>;
  readonly #socket: MessageSocket;
  readonly #end: Promise<SessionEnd>;
  #resolve: (end: SessionEnd) => void = () => {};
  #reject: (reason: unknown) => void = () => {};

  constructor(opened: Omit<OpenedSession, 'url'>, socket: MessageSocket) {
    this.opened = opened;
    this.#socket = socket;
    this.#end = new Promise((settle, fail) => {
      this.#resolve = settle;
      this.#reject = fail;
    });
    // A caller may ask for the end only later, or never.
    this.#end.catch(() => {});
  }

  /** How it ended; settles once the output is read to its end. Throws the error of `output`, or that its reader left it before the end. */
  get end(): Promise<SessionEnd> {
    return this.#end;
  }

  /** The output, readable once. Throws `UnreachableError` if the connection breaks before the end. */
  async *output(): AsyncGenerator<SessionOutput, void> {
    try {
      this.#resolve(yield* this.#read());
    } catch (error) {
      this.#reject(error);
      throw error;
    } finally {
      this.#reject(new Error('the output of the session was not read to its end'));
    }
  }

  /** Yields the output, and answers the end. */
  async *#read(): AsyncGenerator<SessionOutput, SessionEnd> {
    let end: SessionEnd | undefined;
    try {
      for await (const received of this.#socket.messages) {
        const [channel] = received;
        const bytes = received.subarray(1);
        if (channel === STDOUT || channel === STDERR)
          yield { stream: channel === STDOUT ? 'stdout' : 'stderr', bytes };
        if (channel === ERROR) end = endIn(bytes);
      }
    } catch (error) {
      if (!end) throw new UnreachableError('the session', error);
    }
    if (!end)
      throw new UnreachableError(
        'the session',
        new Error('the connection closed before the session reported its end'),
      );
    return end;
  }

  /** Sends input; settles once the session takes more. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += MOST_BYTES)
      await this.#socket.send(message(STDIN, bytes.subarray(at, at + MOST_BYTES)));
  }

  /** Ends the input; output continues. */
  endInput(): Promise<void> {
    return this.#socket.send(closeMessage(STDIN));
  }

  /** Sends the new size of the terminal. */
  resize(size: TerminalSize): Promise<void> {
    return this.#socket.send(resizeMessage(size));
  }

  /** Detaches: the process runs on, and the client no longer gets its output. */
  close(): void {
    this.#socket.drop();
  }
}
