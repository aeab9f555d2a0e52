/** A page of a list, and the place after which the next page begins, if more may follow. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

/** Reads a list page by page, from a place to its end, or as long as its reader goes on. */
export async function* eachPage<T>(
  read: (after: string | undefined) => Promise<Page<T>>,
  from?: string,
): AsyncGenerator<Page<T>, void> {
  let next = from;
  do {
    const page = await read(next);
    yield page;
    ({ next } = page);
  } while (next !== undefined);
}
