import type { ClientRequest, IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { defined } from '../../lib/defined.ts';
import type { SignedRequest } from '../../lib/element/upload/upload-schema.ts';
import { StoreError } from '../store-error.ts';
import { SILENCE_MS } from '../unless-silent.ts';
import { senderOf } from './request.ts';

/**
 * Sends bytes by a signed request, unchanged. It does not use `fetch`, which sends a stream in chunks without a length, and the length is signed.
 * Answers the entity tag. Throws `StoreError`, and network errors.
 */
export const putSigned = async (
  { url, method, headers }: SignedRequest,
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
  onBytes: (bytes: number) => void,
): Promise<string> => {
  const { request: send } = await senderOf(url);
  const outgoing = send(url, defined({ method, headers, signal }));
  outgoing.setTimeout(SILENCE_MS, () => outgoing.destroy(new Error('the data store does not answer')));
  const answered = answerOf(outgoing);
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      yield chunk;
      onBytes(chunk.length);
    }
  };
  // A store may refuse before it has read the whole body. Its answer is more useful than the broken pipe.
  const sent = pipeline(counted(), outgoing).catch((error: Error) => error);
  const answer = await answered.catch(async (error) => {
    await sent;
    throw error;
  });
  const said = await text(answer);
  const { statusCode = 0, headers: answeredHeaders } = answer;
  if (statusCode >= 300) {
    outgoing.destroy();
    throw new StoreError(statusCode, said, answeredHeaders['retry-after']);
  }
  const failure = await sent;
  if (failure instanceof Error) throw failure;
  return answeredHeaders.etag ?? '';
};

const answerOf = (outgoing: ClientRequest): Promise<IncomingMessage> =>
  new Promise((settle, fail) => {
    outgoing.once('response', settle);
    outgoing.on('error', fail);
    // Without this, data that fails before the connection is open would never reject.
    outgoing.once('close', () => fail(new Error('the connection was closed')));
  });
