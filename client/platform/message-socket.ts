import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { createWebSocketStream, WebSocket } from 'ws';
import { MOST_BYTES, PING_MS } from '../../lib/composition/session/channels.ts';
import { defined } from '../../lib/defined.ts';
import { problemOf } from '../problem-error.ts';
import type { Asked, MessageSocket } from './platform.ts';

/** Bytes that are on their way before the sender waits. */
const MOST_SENT = 2 ** 18;
const KEEP_ALIVE_MS = 15_000;
/** What was sent to who reads slowly is not cut off. */
const CLOSE_TIMEOUT = 3_600_000;

/** Settles once it is open. Throws `ProblemError` where it is refused. */
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
 * Whether nobody but both ends sees what is sent. Masks keep somebody between who reads plain HTTP from taking bytes of a message for a request
 * (RFC 6455, section 10.3); where nobody is, to mask and unmask each byte takes longer than all else that is done with it.
 */
const isUnseen = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' || protocol === 'wss:' || /^(127(\.\d+){3}|\[::1\]|localhost)$/.test(hostname);

/** Settles once more may be written, or nothing. */
const hasRoom = (stream: Duplex): Promise<void> =>
  new Promise((settle) => {
    const done = (): void => {
      stream.off('drain', done).off('close', done);
      settle();
    };
    stream.on('drain', done).on('close', done);
  });

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
    // While nobody reads the other side, answers to its pings wait: as long as it takes.
    maxPendingAutoPongs: 0,
    ...defined({ generateMask: isUnseen(url) ? (mask: Buffer) => void mask.fill(0) : undefined }),
  };
  const socket = new WebSocket(url, [subprotocol], options);
  // Made before it is open: what comes with the answer is not lost.
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
  // A connection that is not read learns of its end when it is written to.
  // What waits to be sent fails as well as a ping would, and is not added to.
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
      if (stream.destroyed || socket.readyState !== WebSocket.OPEN) throw new Error('the session is over');
      if (!stream.write(message)) await hasRoom(stream);
    },
    close: () => {
      stream.end();
    },
    drop,
  };
};
