const NEWLINE = 0x0a;
/** Longer lines come in pieces: whoever writes without end has no part of the runner's memory. */
const MAX_LINE_BYTES = 64 * 1024;

/** Bytes of one stream in, lines out. */
export class LineSplitter {
  #rest: Buffer = Buffer.alloc(0);
  #consumed = 0;

  /** How many bytes are in lines that were answered. */
  get consumed(): number {
    return this.#consumed;
  }

  /** The lines that end in these bytes, without their ends. */
  push(chunk: Buffer): string[] {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const lines: string[] = [];
    let from = 0;
    for (;;) {
      const end = bytes.indexOf(NEWLINE, from);
      const length = (end < 0 ? bytes.length : end) - from;
      if (length > MAX_LINE_BYTES) {
        const cut = wholeCharacters(bytes, from, from + MAX_LINE_BYTES);
        lines.push(bytes.toString('utf8', from, cut));
        from = cut;
      } else if (end < 0) break;
      else {
        lines.push(bytes.toString('utf8', from, end));
        from = end + 1;
      }
    }
    this.#consumed += from;
    // A copy, or it would hold on to the whole chunk.
    this.#rest = Buffer.from(bytes.subarray(from));
    return lines;
  }

  /** What follows the last line end. */
  end(): string[] {
    if (this.#rest.length === 0) return [];
    const line = this.#rest.toString('utf8');
    this.#consumed += this.#rest.length;
    this.#rest = Buffer.alloc(0);
    return [line];
  }
}

/** The last place up to `end` where no character (RFC 3629) is cut. */
const wholeCharacters = (bytes: Buffer, from: number, end: number): number => {
  for (let at = end; at > from && at > end - 4; at -= 1) {
    if (((bytes[at] as number) & 0xc0) !== 0x80) return at;
  }
  return end;
};
