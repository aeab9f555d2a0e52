import type { PageJson } from '../lib/element/page.ts';

/** A list that is read on demand: item by item, or page by page for callers that count hidden items. */
export class Pages<T> implements AsyncIterable<T> {
  readonly #read: (cursor: string | undefined) => Promise<PageJson<T>>;

  constructor(read: (cursor: string | undefined) => Promise<PageJson<T>>) {
    this.#read = read;
  }

  /** Makes a list from a generator of pages, of which all but the last have a cursor. */
  static of<T>(pages: AsyncGenerator<PageJson<T>, void>): Pages<T> {
    return new Pages(async () => {
      const { value, done } = await pages.next();
      return done ? { items: [] } : value;
    });
  }

  async *pages(): AsyncGenerator<PageJson<T>, void> {
    let cursor: string | undefined;
    do {
      const page = await this.#read(cursor);
      yield page;
      ({ cursor } = page);
    } while (cursor !== undefined);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void> {
    for await (const { items } of this.pages()) yield* items;
  }

  /** All items; only for short lists. */
  async all(): Promise<T[]> {
    const all: T[] = [];
    for await (const { items } of this.pages()) all.push(...items);
    return all;
  }
}
