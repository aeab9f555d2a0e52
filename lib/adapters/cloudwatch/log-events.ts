import type { Line } from '../../execution/log-sink.ts';

/** What CloudWatch Logs takes (PutLogEvents): bytes and events of a batch, what each event counts beside its text. */
const MAX_BATCH_BYTES = 1_048_576;
const MAX_BATCH_EVENTS = 10_000;
const EVENT_OVERHEAD = 26;
/** Bytes of an event, its overhead included, that every part of the service takes. */
const MAX_EVENT_BYTES = 256 * 1024;
const MAX_TEXT_BYTES = MAX_EVENT_BYTES - EVENT_OVERHEAD;
/** A batch may span a day. */
const MAX_SPAN_MS = 24 * 3600_000;

export interface LogEvent {
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly message: string;
}

/** Text in pieces of at most `most` bytes of UTF-8, none of which ends within a character. */
export const splitText = (text: string, most = MAX_TEXT_BYTES): string[] => {
  const bytes = Buffer.from(text);
  if (bytes.length <= most) return [text];
  const pieces: string[] = [];
  for (let from = 0; from < bytes.length; ) {
    let to = Math.min(bytes.length, from + most);
    // A byte that goes on a character begins with the bits 10 (RFC 3629).
    while (to < bytes.length && ((bytes[to] as number) & 0xc0) === 0x80) to -= 1;
    pieces.push(bytes.toString('utf8', from, to));
    from = to;
  }
  return pieces;
};

/** The events that lines are, in the order of their times; an empty line is a space, since an event has at least a character. */
export const eventsOf = (lines: readonly Line[]): LogEvent[] =>
  lines
    .flatMap(({ at, text }) => {
      const timestamp = Date.parse(at);
      return splitText(text === '' ? ' ' : text).map((message) => ({ timestamp, message }));
    })
    .toSorted((a, b) => a.timestamp - b.timestamp);

/** Ordered events in batches that each are taken at once. */
export const batchesOf = (events: readonly LogEvent[]): LogEvent[][] => {
  const batches: LogEvent[][] = [];
  let batch: LogEvent[] = [];
  let bytes = 0;
  for (const event of events) {
    const size = Buffer.byteLength(event.message) + EVENT_OVERHEAD;
    const first = batch[0]?.timestamp ?? event.timestamp;
    const isFull =
      batch.length === MAX_BATCH_EVENTS ||
      bytes + size > MAX_BATCH_BYTES ||
      event.timestamp - first >= MAX_SPAN_MS;
    if (isFull) {
      batches.push(batch);
      [batch, bytes] = [[], 0];
    }
    batch.push(event);
    bytes += size;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
};
