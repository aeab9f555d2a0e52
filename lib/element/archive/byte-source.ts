const NOTHING = Buffer.alloc(0);

/** Bytes that arrive in pieces of any size; the reader takes as many at a time as it needs. */
export class ByteSource {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #rest: Buffer = NOTHING;

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** The next bytes; fewer than `count` if the input ends. */
  async take(count: number): Promise<Buffer> {
    if (this.#rest.length < count) await this.#fill(count);
    return this.ready(Math.min(count, this.#rest.length)) as Buffer;
  }

  /**
   * The next bytes, if all of them have arrived: an archive has millions of headers, and most arrive in one
   * piece with others.
   */
  ready(count: number): Buffer | undefined {
    if (this.#rest.length < count) return undefined;
    const taken = this.#rest.subarray(0, count);
    this.#rest = this.#rest.subarray(count);
    return taken;
  }

  /** Skips bytes, hands them to `take` as they arrive, and answers how many there were. */
  async skip(count: number, take?: (piece: Buffer) => Promise<void>): Promise<number> {
    let skipped = 0;
    while (skipped < count) {
      if (this.#rest.length === 0 && !(await this.#next())) break;
      const step = Math.min(this.#rest.length, count - skipped);
      if (take) await take(this.#rest.subarray(0, step));
      this.#rest = this.#rest.subarray(step);
      skipped += step;
    }
    return skipped;
  }

  async #next(): Promise<boolean> {
    const { value, done } = await this.#pieces.next();
    this.#rest = done ? NOTHING : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return !done;
  }

  async #fill(count: number): Promise<void> {
    const pieces = this.#rest.length > 0 ? [this.#rest] : [];
    let length = this.#rest.length;
    while (length < count && (await this.#next())) {
      pieces.push(this.#rest);
      length += this.#rest.length;
    }
    // A single piece is not copied.
    this.#rest = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
  }
}
