import { defined } from '../../lib/defined.ts';

/** A client of server-sent events that behaves like a browser. */

export interface SentEvent {
  /** The `Last-Event-ID` that continues after it. */
  readonly id: string;
  readonly type: string;
  readonly detail: {
    readonly eventId: string;
    readonly id: string;
    readonly revision: number;
    readonly [member: string]: unknown;
  };
}

export interface Follower {
  readonly events: readonly SentEvent[];
  /** The end of the stream: closed by the server, or broken. */
  readonly ended: Promise<'finished' | 'broken'>;
  stop(): void;
}

const parse = (block: string): SentEvent | undefined => {
  const fields = Object.fromEntries(
    block.split('\n').flatMap((line) => {
      const [, name, value] = /^(\w+): (.*)$/.exec(line) ?? [];
      return name !== undefined && value !== undefined ? [[name, value] as const] : [];
    }),
  );
  if (fields.data === undefined || fields.id === undefined) return undefined;
  const { source, 'detail-type': type, detail } = JSON.parse(fields.data);
  if (source !== 'taskport' || type !== fields.event) throw new Error(`what is this: ${block}`);
  return { id: fields.id, type, detail };
};

/** Follows the events of a product after the event with this ID. */
export const follow = async (url: string, query = '', lastEventId?: string): Promise<Follower> => {
  const abort = new AbortController();
  const response = await fetch(`${url}/v1/events${query}`, {
    headers: defined({ accept: 'text/event-stream', 'last-event-id': lastEventId }),
    signal: abort.signal,
  });
  const type = response.headers.get('content-type');
  if (response.status !== 200 || type !== 'text/event-stream' || !response.body) {
    throw new Error(`${response.status} ${type} ${await response.text()}`);
  }
  const events: SentEvent[] = [];
  const read = async (body: ReadableStream<Uint8Array>): Promise<'finished' | 'broken'> => {
    const decoder = new TextDecoder();
    let text = '';
    try {
      for await (const chunk of body) {
        const blocks = (text + decoder.decode(chunk, { stream: true })).split('\n\n');
        text = blocks.pop() ?? '';
        events.push(...blocks.flatMap((block) => parse(block) ?? []));
      }
      return 'finished';
    } catch {
      return 'broken';
    }
  };
  return { events, ended: read(response.body), stop: () => abort.abort() };
};
