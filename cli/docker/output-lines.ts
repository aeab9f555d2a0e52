import type { Line } from '../../lib/execution/log-sink.ts';
import type { LogEntry } from './log-entry.ts';

/** By so much earlier than it has to a log is read again: engines may count whole seconds only, and clocks are set back. */
export const EARLIER_SECONDS = 10;
/** Longer lines come in pieces: a task that writes without end has no part of the runner's memory. */
const MAX_LINE_BYTES = 64 * 1024;

/** Where an entry ends: its time, and how many of that time there are up to it. As text in the order of entries. */
const markOf = (at: string, nth: number): string => `${at}#${String(nth).padStart(6, '0')}`;

/** The time of a mark, or of an entry, as Unix seconds. */
export const secondsOf = (mark: string): number => Date.parse(mark.split('#', 1)[0] ?? '') / 1000;

/** The last place where no character (RFC 3629) is cut. */
const wholeCharacters = (bytes: Buffer): number => {
  for (let at = bytes.length - 1; at >= 0 && at >= bytes.length - 3; at -= 1) {
    const byte = bytes[at] as number;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return at + length > bytes.length ? at : bytes.length;
  }
  return bytes.length;
};

/** Entries of one stream in, lines out: those behind a mark, each with its own. */
export class OutputLines {
  #after: string | undefined;
  #at = '';
  #nth = 0;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #begunAt = '';
  #mark = '';
  #hasTaken = false;
  #isRepeated = false;

  /** What is pushed begins before what follows the mark, with the first entry of its time. */
  constructor(after: string | undefined) {
    this.#after = after;
  }

  /**
   * Whether an entry came that was there before: where an engine has begun another file while it gave the one before, it may give that other
   * twice (Docker before version 23). No entry is taken from there on, and the log is to be read again.
   */
  get isRepeated(): boolean {
    return this.#isRepeated;
  }

  push({ at, bytes, isWhole }: LogEntry): Line[] {
    const lines: Line[] = [];
    // A clock that is set back looks the same, until it is read again, or by how much.
    this.#isRepeated ||=
      this.#hasTaken && at < this.#at && secondsOf(this.#at) - secondsOf(at) < EARLIER_SECONDS;
    if (this.#isRepeated) return lines;
    this.#nth = at === this.#at ? this.#nth + 1 : 1;
    this.#at = at;
    const mark = markOf(at, this.#nth);
    if (this.#after !== undefined) {
      // Behind the mark it is not compared any more: a clock may be set back.
      if (mark <= this.#after) {
        if (mark === this.#after) this.#after = undefined;
        return lines;
      }
      this.#after = undefined;
    }
    this.#hasTaken = true;
    // All pieces of a line have one time.
    if (this.#pieces.length > 0 && at !== this.#begunAt) lines.push(...this.end());
    if (this.#pieces.length === 0) this.#begunAt = at;
    this.#pieces.push(bytes);
    this.#bytes += bytes.length;
    this.#mark = mark;
    if (isWhole) lines.push(this.#line(Buffer.concat(this.#pieces)));
    else if (this.#bytes >= MAX_LINE_BYTES) lines.push(this.#piece());
    return lines;
  }

  /** What has no end by now. */
  end(): Line[] {
    return this.#pieces.length === 0 ? [] : [this.#line(Buffer.concat(this.#pieces))];
  }

  #line(bytes: Buffer, rest: Buffer[] = []): Line {
    this.#pieces = rest;
    this.#bytes = rest.reduce((sum, { length }) => sum + length, 0);
    return { at: this.#begunAt, text: bytes.toString('utf8'), mark: this.#mark };
  }

  /** A piece of a long line; a character that it would cut comes with the next. */
  #piece(): Line {
    const bytes = Buffer.concat(this.#pieces);
    const cut = wholeCharacters(bytes);
    return this.#line(bytes.subarray(0, cut), cut === bytes.length ? [] : [bytes.subarray(cut)]);
  }
}
