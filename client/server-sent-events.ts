/** One message of a stream of server-sent events. */
export interface Message {
  readonly id?: string;
  readonly data: string;
}

/**
 * Parses what a server sends (HTML, section 9.2.6): messages, and nothing for what has no data, such as a sign of life.
 * Yields undefined where bytes came that made no message, so that a reader sees that the server is there.
 */
export async function* parseMessages(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Message | undefined, void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true });
    const blocks = rest.split(/\r?\n\r?\n/);
    rest = blocks.pop() ?? '';
    if (blocks.length === 0) yield undefined;
    for (const block of blocks) yield parseBlock(block);
  }
}

const parseBlock = (block: string): Message | undefined => {
  const data: string[] = [];
  let id: string | undefined;
  for (const line of block.split(/\r?\n/)) {
    const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === 'data') data.push(value);
    if (field === 'id') id = value;
  }
  return data.length === 0 ? undefined : { data: data.join('\n'), ...(id === undefined ? {} : { id }) };
};
