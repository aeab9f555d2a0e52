import type { Envelope } from '../lib/event/consumer.ts';
import type { EventPage } from '../lib/event/read-events.ts';
import { firstAborted } from '../lib/first-aborted.ts';
import type { Kind } from '../lib/kind/index.ts';
import { textOf } from './body.ts';
import type { CallOptions, Http } from './http.ts';
import { delayAfter, isOutage } from './outlasting.ts';
import { parseMessages } from './server-sent-events.ts';
import { sleep } from './sleep.ts';

/** A query for events. */
export interface EventQuery extends CallOptions {
  readonly kind?: Kind | 'location' | undefined;
  readonly id?: string | undefined;
  /** Only events of this location: of its elements, and of compositions with its elements. */
  readonly location?: string | undefined;
  /** The position: the `after` of a page or of a watched event; `latest` for only new events. */
  readonly after?: string | undefined;
}

/** An event, and the position after it. */
export interface Watched {
  readonly event: Envelope;
  readonly after: string;
}

/** Milliseconds between polls after an empty page. */
const PAUSE_MS = 1_000;
/** A server sends something every 15 seconds; a longer silence means that the connection is dead. */
const SILENCE_MS = 40_000;

/** The event log. It has no end; each page contains the position of the next. */
export class Events {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** One page of the log. The events of one element are in order. */
  page({ signal, ...query }: EventQuery & { readonly limit?: number } = {}): Promise<EventPage> {
    return this.#http.json({ method: 'GET', path: '/events', query, signal });
  }

  /** All events that are logged so far. */
  async *list(query: EventQuery = {}): AsyncGenerator<Envelope, void> {
    for (let { after } = query; ; ) {
      const page = await this.page({ ...query, after });
      yield* page.items;
      if (page.after === after) return;
      ({ after } = page);
    }
  }

  /**
   * Yields events as they come, each with the position after it, until the signal aborts. It uses a stream if the server offers one, and pages
   * otherwise. After a broken connection it continues after the last event. Throws like `page` if the first connection fails.
   */
  async *watch(query: EventQuery = {}): AsyncGenerator<Watched, void> {
    const { signal } = query;
    let { after } = query;
    let failures = 0;
    const first = await this.page({ ...query, limit: 1 });
    // Resolves `latest` once, so that a new connection skips no events.
    if (after === 'latest') ({ after } = first);
    while (!signal?.aborted) {
      // A connection that gives nothing counts as a failure, also if the service ends it properly.
      failures += 1;
      try {
        for await (const watched of this.#connect({ ...query, after })) {
          failures = 0;
          ({ after } = watched);
          if ('event' in watched) yield watched;
        }
      } catch (error) {
        if (signal?.aborted) return;
        if (!isOutage(error)) throw error;
      }
      await sleep(delayAfter(failures), signal).catch(() => {});
    }
  }

  /** One connection: a stream until its end, or pages. */
  async *#connect(query: EventQuery): AsyncGenerator<Watched | Pick<EventQuery, 'after'>, void> {
    const { signal: outer, ...rest } = query;
    let { after } = query;
    const silence = new AbortController();
    const signal = firstAborted(outer, silence.signal);
    const watch = () => setTimeout(() => silence.abort(new Error('the stream is silent')), SILENCE_MS);
    let watchdog = watch();
    try {
      const { headers, body } = await this.#http.open({
        method: 'GET',
        path: '/events',
        query: rest,
        accept: 'text/event-stream, application/json',
        signal,
      });
      if (!headers.get('content-type')?.startsWith('text/event-stream')) {
        const page = JSON.parse(await textOf(body)) as EventPage;
        clearTimeout(watchdog);
        yield* this.#pages(page, query);
        return;
      }
      for await (const message of parseMessages(body)) {
        clearTimeout(watchdog);
        watchdog = watch();
        after = message?.id ?? after;
        // Bytes without a message are a sign of life.
        yield message ? { event: JSON.parse(message.data) as Envelope, after: after ?? '' } : { after };
      }
    } finally {
      clearTimeout(watchdog);
      silence.abort();
    }
  }

  async *#pages(
    first: EventPage,
    query: EventQuery,
  ): AsyncGenerator<Watched | { readonly after: string }, void> {
    let before = query.after;
    for (let page = first; ; page = await this.page({ ...query, after: before })) {
      // A page has only one position, at its end. A reader that stops within a page gets that page again.
      for (const [at, event] of page.items.entries()) {
        yield { event, after: at === page.items.length - 1 ? page.after : (before ?? '') };
      }
      if (page.items.length === 0) yield { after: page.after };
      const isIdle = page.after === before;
      before = page.after;
      if (isIdle) await sleep(PAUSE_MS, query.signal);
    }
  }
}
