import type { IncomingMessage } from 'node:http';
import type { Answered, Asked } from './platform.ts';

/** Some firewalls require this header. */
const USER_AGENT = 'taskport';

/** The sender for a URL. It loads TLS only for HTTPS. */
export const senderOf = (url: string | URL) =>
  new URL(url).protocol === 'https:' ? import('node:https') : import('node:http');

/** The bytes of an answer. Throws the signal's reason if the signal ended it. */
async function* bodyOf(
  answer: IncomingMessage,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void> {
  try {
    yield* answer;
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
  // An aborted body may look complete.
  signal?.throwIfAborted();
}

/**
 * Makes one request; a redirect is an answer. It does not use `fetch`, which compiles its own parser at the first request of a process. That
 * takes longer than all other work of a command, and each request takes several times as long.
 */
export const request = async (
  url: string | URL,
  { method = 'GET', headers, body, signal }: Asked = {},
): Promise<Answered> => {
  const { request: send } = await senderOf(url);
  signal?.throwIfAborted();
  const answer = await new Promise<IncomingMessage>((settle, fail) => {
    const all = { 'user-agent': USER_AGENT, ...headers };
    const outgoing = send(url, { method, headers: all }, settle);
    outgoing.on('error', (error) => fail(signal?.aborted ? signal.reason : error));
    // Node's own `signal` option throws an unhandled error if it aborts between the answer and the end of its body.
    const end = () => outgoing.destroy();
    signal?.addEventListener('abort', end, { once: true });
    outgoing.once('close', () => signal?.removeEventListener('abort', end));
    outgoing.end(body);
  });
  // The reader gets the error; between two reads there is no reader.
  answer.on('error', () => {});
  return {
    status: answer.statusCode ?? 0,
    headers: { get: (name) => answer.headers[name]?.toString() ?? null },
    body: bodyOf(answer, signal),
  };
};
