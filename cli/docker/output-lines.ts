import type { Line } from '../../lib/execution/log-sink.ts';
import type { LogEntry } from './log-entry.ts';

/** A log is read again from this much earlier than necessary: engines may count only whole seconds, and clocks may be set back. */
export const EARLIER_SECONDS = 10;
/** Longer lines are split, so that a task that writes without line feeds does not fill the runner's memory. */
const MAX_LINE_BYTES = 64 * 1024;

/**
 * The position of an entry: the latest time so far, and the number of entries since that time began. Marks sort as text in the order of
 * the entries, also after the clock was set back. `back` is the largest number of seconds by which it was set back since that time.
 */
export const markOf = (latest: string, nth: number, back: number): string => {
  const place = nth < 1e6 ? String(nth).padStart(6, '0') : `~${String(nth).padStart(12, '0')}`;
  return `${latest}#${place}${back === 0 ? '' : `@${back}`}`;
};

/** The time of an entry, in Unix seconds; of a mark, the earliest time among the entries that its number counts. */
export const secondsOf = (mark: string): number => {
  const [latest = '', place = ''] = mark.split('#');
  return Date.parse(latest) / 1000 - Number(place.split('@')[1] ?? 0);
};

/** The last position at which no UTF-8 character (RFC 3629) is split. */
const wholeCharacters = (bytes: Buffer): number => {
  for (let at = bytes.length - 1; at >= 0 && at >= bytes.length - 3; at -= 1) {
    const byte = bytes[at] as number;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return at + length > bytes.length ? at : bytes.length;
  }
  return bytes.length;
};

/** Turns the entries of one stream into the lines after a mark, each with its own mark. */
export class OutputLines {
  #after: string | undefined;
  #at = '';
  #latest = '';
  #nth = 0;
  #back = 0;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #begunAt = '';
  #mark = '';
  #hasTaken = false;
  #isRepeated = false;

  /** The pushed entries begin at or before the first entry that the mark's number counts. */
  constructor(after: string | undefined) {
    this.#after = after;
  }

  /**
   * Whether an entry was repeated: an engine that starts another log file while it answers the one before may answer the new one twice
   * (Docker before version 23). From there on no entry is taken, and the caller reads the log again.
   */
  get isRepeated(): boolean {
    return this.#isRepeated;
  }

  push({ at, bytes, isWhole }: LogEntry): Line[] {
    const lines: Line[] = [];
    // A clock that was set back looks the same until the log is read again.
    this.#isRepeated ||=
      this.#hasTaken && at < this.#at && secondsOf(this.#at) - secondsOf(at) < EARLIER_SECONDS;
    if (this.#isRepeated) return lines;
    this.#at = at;
    const mark = this.#markOf(at);
    if (this.#after !== undefined) {
      if (mark <= this.#after) return lines;
      this.#after = undefined;
    }
    this.#hasTaken = true;
    // All pieces of a line have the same time.
    if (this.#pieces.length > 0 && at !== this.#begunAt) lines.push(...this.end());
    if (this.#pieces.length === 0) this.#begunAt = at;
    this.#pieces.push(bytes);
    this.#bytes += bytes.length;
    this.#mark = mark;
    if (isWhole) lines.push(this.#line(Buffer.concat(this.#pieces)));
    else if (this.#bytes >= MAX_LINE_BYTES) lines.push(this.#piece());
    return lines;
  }

  /** The text without a line feed so far. */
  end(): Line[] {
    return this.#pieces.length === 0 ? [] : [this.#line(Buffer.concat(this.#pieces))];
  }

  #markOf(at: string): string {
    if (at > this.#latest) [this.#latest, this.#nth, this.#back] = [at, 0, 0];
    this.#nth += 1;
    if (at < this.#latest)
      this.#back = Math.max(this.#back, Math.ceil(secondsOf(this.#latest) - secondsOf(at)));
    return markOf(this.#latest, this.#nth, this.#back);
  }

  #line(bytes: Buffer, rest: Buffer[] = []): Line {
    this.#pieces = rest;
    this.#bytes = rest.reduce((sum, { length }) => sum + length, 0);
    return { at: this.#begunAt, text: bytes.toString('utf8'), mark: this.#mark };
  }

  /** The next piece of a long line; leaves a split character for the piece after it. */
  #piece(): Line {
    const bytes = Buffer.concat(this.#pieces);
    const cut = wholeCharacters(bytes);
    return this.#line(bytes.subarray(0, cut), cut === bytes.length ? [] : [bytes.subarray(cut)]);
  }
}
