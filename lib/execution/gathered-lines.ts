import type { GatheringLimits, Line } from './log-sink.ts';

interface Waiting {
  readonly lines: readonly Line[];
  readonly settle: () => void;
  readonly fail: (reason: unknown) => void;
}

/**
 * Gathers lines for a log that is written to in few and large pieces. A write settles once the piece that holds it is
 * stored, and fails with it; more may be written meanwhile. Pieces are stored one after another.
 */
export class GatheredLines {
  readonly #store: (lines: readonly Line[]) => Promise<void>;
  readonly #limits: GatheringLimits;
  #waiting: Waiting[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #storing: Promise<void> = Promise.resolve();

  constructor(store: (lines: readonly Line[]) => Promise<void>, limits: GatheringLimits) {
    this.#store = store;
    this.#limits = limits;
  }

  write(lines: readonly Line[]): Promise<void> {
    if (lines.length === 0) return Promise.resolve();
    return new Promise((settle, fail) => {
      this.#waiting.push({ lines, settle, fail });
      for (const { text } of lines) this.#bytes += Buffer.byteLength(text) + 1;
      if (this.#bytes >= this.#limits.bytes) void this.flush();
      else this.#timer ??= setTimeout(() => void this.flush(), this.#limits.ms);
    });
  }

  /** Stores what is gathered; settles when that has been tried, whatever became of it. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const piece = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    if (piece.length > 0) this.#storing = this.#storing.then(() => this.#storePiece(piece));
    return this.#storing;
  }

  async #storePiece(piece: readonly Waiting[]): Promise<void> {
    try {
      await this.#store(piece.flatMap(({ lines }) => lines));
      for (const { settle } of piece) settle();
    } catch (error) {
      for (const { fail } of piece) fail(error);
    }
  }
}
