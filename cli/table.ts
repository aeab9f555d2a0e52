/** A row of a table: its cells by the names of their columns. */
export type Row = Readonly<Record<string, string | number | boolean | undefined>>;

/** The number of rows that decide how wide the columns are. */
const SEEN = 100;

/** Prints rows in columns as they arrive. Every row has the columns of the first; the last column has no fixed width. */
export class TablePrinter {
  readonly #print: (line: string) => void;
  readonly #isLive: boolean;
  #waiting: string[][] = [];
  #widths: number[] | undefined;
  #columns: readonly string[] | undefined;

  /** With `isLive`, prints each row as it arrives, and widens columns when necessary. */
  constructor(print: (line: string) => void, isLive = false) {
    this.#print = print;
    this.#isLive = isLive;
  }

  add(row: Row): void {
    if (!this.#columns) {
      this.#columns = Object.keys(row);
      this.#put(this.#columns.map((column) => column.toUpperCase()));
    }
    this.#put(this.#columns.map((column) => oneLine(String(row[column] ?? '-'))));
  }

  end(): void {
    this.#flush();
  }

  #put(cells: string[]): void {
    this.#waiting.push(cells);
    // The cells of the first row predict the widths better than the titles.
    if (this.#widths || this.#waiting.length > (this.#isLive ? 1 : SEEN)) this.#flush();
  }

  #flush(): void {
    const former = this.#isLive ? this.#widths : undefined;
    if (this.#isLive || !this.#widths)
      this.#widths = (this.#columns ?? []).map((_, at) =>
        Math.max(former?.[at] ?? 0, ...this.#waiting.map((cells) => (cells[at] ?? '').length)),
      );
    const widths = this.#widths;
    for (const cells of this.#waiting) {
      this.#print(
        cells
          .map((cell, at) => cell.padEnd(widths[at] ?? 0))
          .join('  ')
          .trimEnd(),
      );
    }
    this.#waiting = [];
  }
}

/** Text without control characters. */
const oneLine = (text: string): string => text.replaceAll(/\p{Cc}+/gu, ' ');
