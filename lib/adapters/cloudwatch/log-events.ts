import type { Line } from '../../execution/log-sink.ts';

/**
 * Limits of CloudWatch Logs (PutLogEvents): bytes and events of a batch, and bytes that each event counts
 * besides its text.
 */
const MAX_BATCH_BYTES = 1_048_576;
const MAX_BATCH_EVENTS = 10_000;
const EVENT_OVERHEAD = 26;
/** Bytes of an event, with its overhead, that every part of the service accepts. */
const MAX_EVENT_BYTES = 256 * 1024;
const MAX_TEXT_BYTES = MAX_EVENT_BYTES - EVENT_OVERHEAD;
/** A batch may span a day. */
const MAX_SPAN_MS = 24 * 3600_000;

export interface LogEvent {
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly message: string;
}

/** Splits text into pieces of at most `most` bytes of UTF-8, and never within a character. */
export const splitText = (text: string, most = MAX_TEXT_BYTES): string[] => {
  const bytes = Buffer.from(text);
  if (bytes.length <= most) return [text];
  const pieces: string[] = [];
  for (let from = 0; from < bytes.length; ) {
    let to = Math.min(bytes.length, from + most);
    // A byte that continues a character begins with the bits 10 (RFC 3629).
    while (to < bytes.length && ((bytes[to] as number) & 0xc0) === 0x80) to -= 1;
    pieces.push(bytes.toString('utf8', from, to));
    from = to;
  }
  return pieces;
};

/**
 * Makes events of lines, in the order of their times. An empty line becomes a space, since an event has at least
 * one character.
 */
export const eventsOf = (lines: readonly Line[]): LogEvent[] =>
  lines
    .flatMap(({ at, text }) => {
      const timestamp = Date.parse(at);
      return splitText(text === '' ? ' ' : text).map((message) => ({ timestamp, message }));
    })
    .toSorted((a, b) => a.timestamp - b.timestamp);

/** Splits ordered events into batches that one request each can send. */
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
