import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Pages } from '../client/pages.ts';
import type { Taskport } from '../client/taskport.ts';
import type { Kind } from '../lib/kind/index.ts';
import type { Io } from './io.ts';
import { meantId } from './meant-id.ts';
import type { Output } from './output.ts';
import { type Row, TablePrinter } from './table.ts';
import { UsageError } from './usage-error.ts';

/** Options that every command has. */
export interface SharedOptions {
  readonly url?: string;
  readonly context?: string;
  readonly json?: boolean;
  readonly output?: string;
}

interface ListOptions<T> {
  /** Which of the whole list are shown where that is limited. */
  readonly order?: 'first' | 'latest';
  /** The most that are shown. */
  readonly limit?: number | undefined;
  /** Columns of the wide table, beside the others. */
  readonly toMore?: (item: T) => Row;
  /** Throws where an empty list is one that cannot be. */
  readonly assertNone?: () => Promise<void>;
}

/** What a session goes by. */
export interface Circumstances {
  readonly io: Io;
  readonly taskport: Taskport;
  /** Where the service is. */
  readonly url: string;
  readonly output: Output;
  /** Prints a thing as programs read it; absent where people do. */
  readonly write: ((thing: unknown) => string) | undefined;
  /** The location of executors that are named without one. */
  readonly executorLocation: string;
}

/** One run of a command: the service that it is about, and how what it finds is shown. */
export class Session {
  readonly io: Io;
  readonly taskport: Taskport;
  readonly output: Output;
  readonly url: string;
  readonly executorLocation: string;
  readonly #write: Circumstances['write'];

  constructor({ io, taskport, url, output, write, executorLocation }: Circumstances) {
    this.io = io;
    this.taskport = taskport;
    this.url = url;
    this.output = output;
    this.#write = write;
    this.executorLocation = executorLocation;
  }

  /** Whether what is said beside is lines of JSON as well. */
  get isJson(): boolean {
    return this.output === 'json';
  }

  /** Whether what was asked for is shown to people, and not to a program. */
  get isForPeople(): boolean {
    return this.#write === undefined;
  }

  /** What every call of this run is given. */
  get call(): { readonly signal: AbortSignal } {
    return { signal: this.io.signal };
  }

  /** The ID that a text names, of a known kind: of a name alone, in the location that is meant for the kind. Throws `UsageError`. */
  idOf(kind: Kind, text: string): string {
    return meantId(kind, text, kind === 'executor' ? this.executorLocation : undefined);
  }

  /** Shows one thing: as programs read it, or as `format` says it to people. */
  show<T>(value: T, format: (value: T) => string): void {
    this.io.out(this.#write ? this.#write(value) : `${format(value)}\n`);
  }

  /** Shows things as they come: each as programs read it, or as rows of a table; each row at once where the table is `live`. Answers how many there were. */
  async list<T>(items: AsyncIterable<T>, toRow: (item: T) => Row, isLive = false): Promise<number> {
    const table = new TablePrinter((line) => this.io.out(`${line}\n`), isLive);
    let count = 0;
    for await (const item of items) {
      count += 1;
      if (this.#write) this.io.out(this.#write(item));
      else table.add(toRow(item));
    }
    table.end();
    return count;
  }

  /** Shows a list in pages, or as much of it as is asked for; says that it is empty, how much of it is hidden, that there is more. */
  async listPages<T>(
    pages: Pages<T>,
    toRow: (item: T) => Row,
    {
      limit = Number.POSITIVE_INFINITY,
      order = 'first',
      assertNone,
      toMore = () => ({}),
    }: ListOptions<T> = {},
  ): Promise<void> {
    let concealed = 0;
    let more: string | undefined;
    const shown = async function* (): AsyncGenerator<T> {
      let left = limit;
      for await (const { items, hidden = 0, cursor } of pages.pages()) {
        if (left > 0) concealed += hidden;
        if (items.length > left) more = 'are';
        // A page behind the last that fits was looked at, and has nothing to show.
        else if (left === 0 && cursor !== undefined) more = 'may be';
        yield* items.slice(0, left);
        if (left === 0 || more) return;
        left -= items.length;
      }
    };
    const isWide = this.output === 'wide';
    const count = await this.list(shown(), (item) =>
      isWide ? { ...toRow(item), ...toMore(item) } : toRow(item),
    );
    if (count + concealed === 0) {
      await assertNone?.();
      this.note('none');
    }
    if (more) this.note(`the ${order}${count === 1 ? '' : ` ${count}`}; there ${more} more`);
    if (concealed > 0) this.note(`and ${concealed} that you may not see`);
  }

  /** Says something to people, beside what was asked for. */
  note(text: string): void {
    if (!this.isJson) this.io.err(`${text}\n`);
  }

  /** Says what is not as it was asked for: to people, or as a line of JSON beside the others. */
  warn(text: string): void {
    this.io.err(`${this.isJson ? JSON.stringify({ warning: text }) : text}\n`);
  }

  /** The file's text; standard input for `-`. Throws `UsageError` where it cannot be read. */
  async readText(path: string): Promise<string> {
    if (path === '-') return text(this.io.input());
    return readFile(path, 'utf8').catch((error: Error) => {
      throw new UsageError(`${path} cannot be read: ${error.message}`);
    });
  }

  /** An object or a list of JSON: as it stands, from standard input for `-`, or from a file. Throws `UsageError` where there is none. */
  async readJson(said: string): Promise<Record<string, unknown>> {
    const isInline = /^\s*[[{]/.test(said);
    const text = isInline ? said : await this.readText(said);
    try {
      return JSON.parse(text) as Record<string, unknown>;
    } catch (error) {
      throw new UsageError(`${isInline ? 'what is given' : said} is not JSON: ${(error as Error).message}`);
    }
  }
}

/** What a command does, with its arguments as they stand and the options of its own. */
export type Action<O = Record<string, never>> = (
  session: Session,
  args: readonly string[],
  options: O,
) => Promise<void>;

/** A URL that may be one of a Taskport, without the `/v1` that every call begins with. Throws `UsageError`. */
export const urlOf = (text: string): string => {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text))
    throw new UsageError(`${text} is no URL of a Taskport`);
  return text.replace(/\/v1\/*$/, '');
};
