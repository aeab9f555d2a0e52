import { createParser, type EventSourceMessage } from 'eventsource-parser';

/** The messages of a server. Yields undefined for bytes without a message, so that a reader knows that the server is alive. */
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
