import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { createWebSocketStream, WebSocket } from 'ws';
import { MOST_BYTES, PING_MS } from '../../lib/composition/session/channels.ts';
import { defined } from '../../lib/defined.ts';
import { problemOf } from '../problem-error.ts';
import { drained } from './drained.ts';
import type { Asked, MessageSocket } from './platform.ts';

/** Bytes in flight before the sender waits. */
const MOST_SENT = 2 ** 18;
const KEEP_ALIVE_MS = 15_000;
/** A slow receiver still gets all that was sent. */
const CLOSE_TIMEOUT = 3_600_000;

/** Settles once the connection is open. Throws `ProblemError` if it is refused. */
const opened = (socket: WebSocket): Promise<void> =>
  new Promise((settle, fail) => {
    socket.once('open', settle);
    socket.once('error', fail);
    socket.once('unexpected-response', (_, answer: IncomingMessage) => {
      const { statusCode = 0 } = answer;
      text(answer).then((said) => fail(problemOf(statusCode, said)), fail);
    });
  });

/**
 * Whether no proxy can read the traffic. Masking keeps a proxy that reads plain HTTP from mistaking message bytes for a request (RFC 6455,
 * section 10.3); elsewhere it only costs time, more than all other work on the bytes.
 */
const isUnseen = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' || protocol === 'wss:' || /^(127(\.\d+){3}|\[::1\]|localhost)$/.test(hostname);

export const connect = async (
  url: URL,
  subprotocol: string,
  { headers, signal }: Pick<Asked, 'headers' | 'signal'>,
): Promise<MessageSocket> => {
  signal?.throwIfAborted();
  const options = {
    headers: { ...headers },
    perMessageDeflate: false,
    maxPayload: 1 + MOST_BYTES,
    closeTimeout: CLOSE_TIMEOUT,
    // While nobody reads the messages, answers to pings wait, without a limit.
    maxPendingAutoPongs: 0,
    ...defined({ generateMask: isUnseen(url) ? (mask: Buffer) => void mask.fill(0) : undefined }),
  };
  const socket = new WebSocket(url, [subprotocol], options);
  // Created before the connection is open, so that messages that come with the answer are not lost.
  const stream = createWebSocketStream(socket, {
    readableObjectMode: true,
    writableHighWaterMark: MOST_SENT,
  });
  stream.on('error', () => {});
  const drop = (): void => {
    stream.destroy();
    socket.terminate();
  };
  signal?.addEventListener('abort', drop, { once: true });
  socket.on('upgrade', ({ socket: connection }: IncomingMessage) =>
    connection.setKeepAlive(true, KEEP_ALIVE_MS),
  );
  try {
    await opened(socket);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
  // A paused connection reports its end only on a write. If messages wait already, their write reports it as well as a ping does.
  const ping = (): void => {
    if (socket.readyState === WebSocket.OPEN && socket.bufferedAmount === 0) socket.ping();
  };
  const pings = setInterval(ping, PING_MS);
  const closed = new Promise<void>((settle) => {
    socket.once('close', () => {
      clearInterval(pings);
      signal?.removeEventListener('abort', drop);
      settle();
    });
  });
  return {
    messages: stream,
    closed,
    send: async (message) => {
      if (stream.destroyed || socket.readyState !== WebSocket.OPEN) throw new Error('the session has ended');
      if (!stream.write(message)) await drained(stream);
    },
    close: () => {
      stream.end();
    },
    drop,
  };
};
