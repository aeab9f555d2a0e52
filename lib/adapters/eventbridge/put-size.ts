/**
 * The bytes of all entries of a request stay below this limit of PutEvents. AWS raised the limit to 1 MB in 2026,
 * but part of its documentation still says 256 KB. This value is safe with both.
 */
export const MAX_PUT_BYTES = 256 * 1024;

/** The fields that count towards the size of an entry. */
type Entry = { readonly [field in 'Source' | 'DetailType' | 'Detail' | 'Resources' | 'Time']?: unknown };

/** The size of an entry as EventBridge counts it, in bytes. */
export const entrySize = ({ Source, DetailType, Detail, Resources, Time }: Entry): number => {
  const texts = [Source, DetailType, Detail, ...(Array.isArray(Resources) ? Resources : [])];
  const length = texts.reduce(
    (sum, text) => sum + (typeof text === 'string' ? Buffer.byteLength(text) : 0),
    0,
  );
  return length + (Time === undefined ? 0 : 14);
};

/** The entries of each request, in order. An entry that is too large for any request gets its own. */
export const requestsOf = <E extends Entry>(entries: readonly E[]): E[][] => {
  const requests: E[][] = [];
  let size = MAX_PUT_BYTES;
  for (const entry of entries) {
    const own = entrySize(entry);
    if (size + own >= MAX_PUT_BYTES) {
      requests.push([]);
      size = 0;
    }
    requests.at(-1)?.push(entry);
    size += own;
  }
  return requests;
};
