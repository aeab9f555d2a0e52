import { createParser, type EventSourceMessage } from 'eventsource-parser';

/**
 * The messages that a server sends. Yields undefined where bytes came that made no message, so that a reader sees that the server
 * is there.
 */
export async function* parseMessages(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<EventSourceMessage | undefined, void> {
  const messages: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (message) => messages.push(message) });
  const decoder = new TextDecoder();
  for await (const chunk of chunks) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    if (messages.length === 0) yield undefined;
    yield* messages.splice(0);
  }
}
