import type { IncomingMessage } from 'node:http';
import type { Answered, Asked } from './platform.ts';

/** As some firewalls want it of every request. */
const USER_AGENT = 'taskport';

/** What makes requests to a URL: TLS is loaded where it is spoken. */
export const senderOf = (url: string | URL) =>
  new URL(url).protocol === 'https:' ? import('node:https') : import('node:http');

/** The bytes of an answer. Throws the signal's reason where that ended it. */
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
  // What it ended may look like an end.
  signal?.throwIfAborted();
}

/**
 * Makes a request, once; a redirect is an answer. Not by `fetch`, which compiles a parser of its own at the first request of a process: that takes
 * more than all the rest of a command, and each request several times what it takes here.
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
    // Node's own way throws at nobody where an answer is there and its end was not read yet.
    const end = () => outgoing.destroy();
    signal?.addEventListener('abort', end, { once: true });
    outgoing.once('close', () => signal?.removeEventListener('abort', end));
    outgoing.end(body);
  });
  // It is thrown to who reads; between two reads, nobody does.
  answer.on('error', () => {});
  return {
    status: answer.statusCode ?? 0,
    headers: { get: (name) => answer.headers[name]?.toString() ?? null },
    body: bodyOf(answer, signal),
  };
};
