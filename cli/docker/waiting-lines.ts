import type { GatheringLimits, Line } from '../../lib/execution/log-sink.ts';

/** The bytes that a line counts in addition to its text. */
const LINE_BYTES = 32;
/** How long the first line after a silence waits for more. */
const FIRST_MS = 100;

const sizeOf = ({ text }: Line): number => Buffer.byteLength(text) + LINE_BYTES;

/** A buffer of lines between the reader and the writer, which takes as many at once as a log accepts. */
export class WaitingLines {
  readonly #limits: GatheringLimits;
  #lines: Line[] = [];
  #bytes = 0;
  #firstAt = 0;
  #takenAt = 0;
  #isEnded = false;
  #wake: () => void = () => {};

  constructor(limits: GatheringLimits) {
    this.#limits = limits;
  }

  /** Whether the buffer is full: two pieces, so that one is read while the other is written. */
  get isFull(): boolean {
    return this.#bytes >= 2 * Math.max(this.#limits.bytes, 2 ** 18);
  }

  get isEmpty(): boolean {
    return this.#lines.length === 0;
  }

  add(lines: readonly Line[]): void {
    if (lines.length === 0) return;
    if (this.isEmpty) this.#firstAt = Date.now();
    for (const line of lines) {
      this.#lines.push(line);
      this.#bytes += sizeOf(line);
    }
    this.#wake();
  }

  /** The reader has no more lines. */
  end(): void {
    this.#isEnded = true;
    this.#wake();
  }

  /** Settles with the next lines to write; with an empty list after the last. Throws when the signal aborts. */
  async take(signal: AbortSignal): Promise<readonly Line[]> {
    for (;;) {
      signal.throwIfAborted();
      const isDue = this.#bytes >= this.#limits.bytes || this.#isEnded;
      const dueIn = isDue ? 0 : this.#dueAt() - Date.now();
      if (dueIn <= 0 && (this.#isEnded || !this.isEmpty)) return this.#piece();
      await this.#change(dueIn, signal);
    }
  }

  #dueAt(): number {
    if (this.isEmpty) return Number.POSITIVE_INFINITY;
    const { ms } = this.#limits;
    return Math.max(this.#firstAt + Math.min(ms, FIRST_MS), this.#takenAt + ms);
  }

  #piece(): readonly Line[] {
    let bytes = 0;
    let count = 0;
    while (count < this.#lines.length) {
      const size = sizeOf(this.#lines[count] as Line);
      if (count > 0 && bytes + size > this.#limits.bytes) break;
      bytes += size;
      count += 1;
    }
    const piece = this.#lines.slice(0, count);
    this.#lines = this.#lines.slice(count);
    this.#bytes -= bytes;
    this.#takenAt = Date.now();
    this.#firstAt = this.#takenAt;
    return piece;
  }

  #change(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((settle) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.#wake = () => {};
        settle();
      };
      const timer = Number.isFinite(milliseconds) ? setTimeout(done, milliseconds) : undefined;
      signal.addEventListener('abort', done, { once: true });
      this.#wake = done;
    });
  }
}
