import type { RawData, WebSocket } from 'ws';
import {
  ERROR,
  endIn,
  endMessage,
  GOING_AWAY,
  NORMAL,
  type SessionEnd,
} from '../../../lib/composition/session/channels.ts';
import type { Session, SessionObserver, SessionOutcome } from '../../../lib/composition/session/session.ts';
import { forward } from './forward.ts';
import { FrameRules } from './frame-rules.ts';
import type { RelayLimits } from './relay.ts';

/** The most bytes of messages that wait for the runner. */
const MOST_EARLY = 2 ** 18;
/** Milliseconds that a peer has to close an ending connection. */
const CLOSE_MS = 2_000;
/** Bytes that the reason of a close may have in UTF-8 (RFC 6455, section 5.5). */
const MOST_REASON = 123;

const outcomeOf = (end: SessionEnd): SessionOutcome => {
  if ('exitCode' in end) return { how: 'completed', exitCode: end.exitCode };
  return { how: 'detached' in end ? 'detached' : 'failed' };
};

/**
 * Answers pings. While an answer waits, only the last single ping gets one (RFC 6455, section 5.5.3). So a peer that sends pings and reads
 * nothing costs little memory.
 */
const answerPings = (socket: WebSocket): void => {
  let isAnswering = false;
  let last: Buffer | undefined;
  const answer = (): void => {
    if (isAnswering || !last) return;
    isAnswering = true;
    const data = last;
    last = undefined;
    socket.pong(data, false, () => {
      isAnswering = false;
      answer();
    });
  };
  socket.on('ping', (data: Buffer) => {
    last = data;
    answer();
  });
};

/** Closes a connection after the peer has read all messages. */
const close = (socket: WebSocket, code: number, reason = ''): void => {
  // A paused connection does not report its end.
  socket.resume();
  socket.close(code, Buffer.from(reason).subarray(0, MOST_REASON).toString());
};

/** Closes a connection, and terminates it if the peer does not close in time. */
export const end = (socket: WebSocket, code: number, reason?: string): void => {
  close(socket, code, reason);
  setTimeout(() => socket.terminate(), CLOSE_MS).unref();
};

/** Both sides of a session, from the arrival of the client to the end. */
export class Joint {
  readonly session: Session;
  readonly #client: WebSocket;
  readonly #observer: SessionObserver;
  readonly #onOver: () => void;
  readonly #late: NodeJS.Timeout;
  readonly #pings: NodeJS.Timeout;
  #runner: WebSocket | undefined;
  /** Withdraws the admission of the runner. */
  #takeBack: (() => void) | undefined;
  /** Messages of the client before its runner came, and their bytes. */
  #early: [RawData, boolean][] = [];
  #earlyBytes = 0;
  #end: SessionEnd | undefined;
  #isOver = false;

  constructor(
    session: Session,
    client: WebSocket,
    observer: SessionObserver,
    { runnerMs, pingMs }: Pick<RelayLimits, 'runnerMs' | 'pingMs'>,
    onOver: () => void,
  ) {
    this.session = session;
    this.#client = client;
    this.#observer = observer;
    this.#onOver = onOver;
    client.on('message', this.#keep);
    // A paused connection reports its end only on a write.
    this.#pings = setInterval(() => this.#ping(), pingMs);
    this.#late = setTimeout(
      () => this.#fail(`no runner took the session on within ${runnerMs / 1000} seconds`, 'runner-gone'),
      runnerMs,
    );
    client.on('error', () => {});
    answerPings(client);
    client.on('close', () => this.#over(this.#end ? outcomeOf(this.#end) : { how: 'client-gone' }));
  }

  /** Whether a runner may still join. */
  get isWaiting(): boolean {
    return !this.#isOver && !this.#takeBack;
  }

  async begin(): Promise<void> {
    await this.#observer.began().catch((error: Error) => {
      this.#fail(`the session cannot be kept: ${error.message}`, 'failed');
    });
  }

  /** Admits the one runner of this session. `takeBack` withdraws the admission, which is useless after the session. */
  claim(takeBack: () => void): void {
    this.#takeBack = takeBack;
  }

  join(runner: WebSocket): void {
    runner.on('error', () => {});
    answerPings(runner);
    clearTimeout(this.#late);
    this.#runner = runner;
    runner.on('close', () => {
      if (this.#end) close(this.#client, NORMAL);
      else this.#fail('the runner of the task is gone', 'runner-gone');
    });
    const { session } = this;
    this.#client.off('message', this.#keep);
    forward(
      this.#client,
      runner,
      new FrameRules('client', session),
      () => {},
      ({ code, message }) => {
        end(this.#client, code, message);
        this.#over({ how: 'failed' });
      },
    );
    for (const early of this.#early.splice(0)) this.#client.emit('message', ...early);
    forward(
      runner,
      this.#client,
      new FrameRules('runner', session),
      (bytes) => {
        if (bytes[0] === ERROR) this.#end = endIn(bytes.subarray(1));
      },
      ({ message }) => this.#fail(`the runner does not keep to the protocol: ${message}`, 'failed'),
    );
  }

  /** Ends the session, because the relay stops. */
  stop(): void {
    this.#fail('the relay has ended', 'runner-gone');
  }

  /** Keeps early messages, and pauses the client if they are too large. A connection that is read reports its end. */
  readonly #keep = (data: RawData, isBinary: boolean): void => {
    this.#early.push([data, isBinary]);
    this.#earlyBytes += 64 + (data as Buffer).length;
    if (this.#earlyBytes > MOST_EARLY) this.#client.pause();
  };

  #ping(): void {
    // If messages wait already, their write reports the end as well as a ping does.
    for (const socket of [this.#client, this.#runner])
      if (socket?.readyState === socket?.OPEN && socket?.bufferedAmount === 0) socket.ping();
  }

  #fail(words: string, how: SessionOutcome['how']): void {
    if (this.#isOver) return;
    this.#client.send(endMessage({ failed: words }), { binary: true });
    close(this.#client, NORMAL);
    this.#over({ how });
  }

  #over(outcome: SessionOutcome): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#late);
    clearInterval(this.#pings);
    this.#takeBack?.();
    if (this.#runner)
      end(this.#runner, this.#end ? NORMAL : GOING_AWAY, this.#end ? '' : 'the client is gone');
    this.#onOver();
    this.#observer.ended(outcome).catch((error) => console.error(error));
  }
}
