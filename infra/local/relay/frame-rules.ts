import {
  CLOSE,
  ERROR,
  NO_BYTES,
  NOT_ALLOWED,
  PROTOCOL_ERROR,
  RESIZE,
  STDERR,
  STDIN,
  STDOUT,
  sizeIn,
} from '../../../lib/composition/session/channels.ts';
import type { Session } from '../../../lib/composition/session/session.ts';

/** A message that its side may not send: the close code, and the reason. */
export class FrameRefused extends Error {
  override name = 'FrameRefused';
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** The most bytes of a terminal size, as JSON. */
const MOST_SIZE_BYTES = 256;

/** Checks whether a side may send a message at this point. */
export class FrameRules {
  readonly #writes: readonly number[];
  readonly #session: Session;
  readonly #closed = new Set<number>();

  constructor(side: 'client' | 'runner', session: Session) {
    const { stdin, terminal } = session;
    const output = terminal ? [STDOUT, ERROR] : [STDOUT, STDERR, ERROR];
    const input = [...(stdin ? [STDIN] : []), ...(terminal ? [RESIZE] : [])];
    this.#writes = side === 'client' ? input : output;
    this.#session = session;
  }

  /** Throws `FrameRefused`. */
  check(bytes: Uint8Array, isBinary: boolean): void {
    if (!isBinary) throw new FrameRefused(NO_BYTES, 'messages are binary');
    const [channel] = bytes;
    if (channel === undefined) throw new FrameRefused(PROTOCOL_ERROR, 'a message begins with its channel');
    if (this.#closed.has(ERROR))
      throw new FrameRefused(PROTOCOL_ERROR, 'the message comes after the end of the session');
    if (channel === CLOSE) {
      this.#close(bytes);
      return;
    }
    this.#assertWrites(channel);
    if (channel === RESIZE && (bytes.length > MOST_SIZE_BYTES || !sizeIn(bytes.subarray(1))))
      throw new FrameRefused(PROTOCOL_ERROR, 'a size is {"Width": columns, "Height": rows}');
    if (channel === ERROR) this.#closed.add(ERROR);
  }

  #close(bytes: Uint8Array): void {
    const [, channel] = bytes;
    if (bytes.length !== 2 || channel === undefined || channel === RESIZE || channel === ERROR)
      throw new FrameRefused(PROTOCOL_ERROR, 'the close message must name exactly one stream');
    this.#assertWrites(channel);
    this.#closed.add(channel);
  }

  #assertWrites(channel: number): void {
    const { stdin, terminal, taskId, kind } = this.#session;
    if (this.#closed.has(channel)) throw new FrameRefused(PROTOCOL_ERROR, `channel ${channel} is closed`);
    if (this.#writes.includes(channel)) return;
    if (channel === STDIN && !stdin)
      throw new FrameRefused(NOT_ALLOWED, `${taskId} has no standard input`.slice(0, 120));
    if (channel === RESIZE && !terminal) throw new FrameRefused(NOT_ALLOWED, `this ${kind} has no terminal`);
    throw new FrameRefused(PROTOCOL_ERROR, `channel ${channel} is not this side’s`);
  }
}
