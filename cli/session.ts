import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { OnOutage } from '../client/outlasting.ts';
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
  /** Which items of the whole list a limited one shows. */
  readonly order?: 'first' | 'latest';
  /** The most items to show. */
  readonly limit?: number | undefined;
  /** Columns that only the wide table has. */
  readonly toMore?: (item: T) => Row;
  /** Throws if the list is empty because of a wrong argument. */
  readonly assertNone?: () => Promise<void>;
}

/** The circumstances of a session. */
export interface Circumstances {
  readonly io: Io;
  readonly taskport: Taskport;
  /** The address of the service. */
  readonly url: string;
  readonly output: Output;
  /** Prints a thing for programs; absent if output is for people. */
  readonly write: ((thing: unknown) => string) | undefined;
  /** The location of executors whose name has none. */
  readonly executorLocation: string;
}

/** One run of a command: its service, and how to print results. */
export class Session {
  readonly io: Io;
  readonly taskport: Taskport;
  readonly output: Output;
  readonly url: string;
  readonly executorLocation: string;
  readonly #write: Circumstances['write'];
  #isOut = false;

  constructor({ io, taskport, url, output, write, executorLocation }: Circumstances) {
    this.io = io;
    this.taskport = taskport;
    this.url = url;
    this.output = output;
    this.#write = write;
    this.executorLocation = executorLocation;
  }

  /** Whether messages are lines of JSON as well. */
  get isJson(): boolean {
    return this.output === 'json';
  }

  /** Whether output is for people. */
  get isForPeople(): boolean {
    return this.#write === undefined;
  }

  /** The options of every call of this run. */
  get call(): { readonly signal: AbortSignal } {
    return { signal: this.io.signal };
  }

  /** The ID for a text of a known kind; a name without location means the default location of the kind. Throws `UsageError`. */
  idOf(kind: Kind, text: string): string {
    return meantId(kind, text, kind === 'executor' ? this.executorLocation : undefined);
  }

  /** Prints one thing: for programs, or for people with `format`. */
  show<T>(value: T, format: (value: T) => string): void {
    this.io.out(this.#write ? this.#write(value) : `${format(value)}\n`);
  }

  /** Prints things as they arrive: for programs, or as rows of a table; with `live`, each row at once. Answers their number. */
  async list<T>(
    items: AsyncIterable<T> | Iterable<T>,
    toRow: (item: T) => Row,
    isLive = false,
  ): Promise<number> {
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

  /** Prints a list in pages, up to the requested number; reports if it is empty, how much of it is hidden, and that there is more. */
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
        // The loop has read one page too many, of which it prints nothing.
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

  /** Prints a message for people. */
  note(text: string): void {
    if (!this.isJson) this.io.err(`${text}\n`);
  }

  /** Prints a warning: for people, or as a line of JSON. */
  warn(text: string): void {
    this.io.err(`${this.isJson ? JSON.stringify({ warning: text }) : text}\n`);
  }

  /** Warns once that the service does not answer while a command waits, and once that it answers again. */
  readonly onOutage: OnOutage = (error) => {
    const isOut = error !== undefined;
    if (isOut !== this.#isOut)
      this.warn(`taskport: ${isOut ? `${error.message}; asks again until it answers` : 'it answers again'}`);
    this.#isOut = isOut;
  };

  /** The text of a file; for `-`, of standard input. Throws `UsageError` if it cannot read it. */
  async readText(path: string): Promise<string> {
    if (path === '-') return text(this.io.input());
    return readFile(path, 'utf8').catch((error: Error) => {
      throw new UsageError(`${path} cannot be read: ${error.message}`);
    });
  }

  /** An object or list of JSON: from the argument itself, from standard input for `-`, or from a file. Throws `UsageError` if there is none. */
  async readJson(said: string): Promise<Record<string, unknown>> {
    const isInline = /^\s*[[{]/.test(said);
    const text = isInline ? said : await this.readText(said);
    try {
      return JSON.parse(text) as Record<string, unknown>;
    } catch (error) {
      throw new UsageError(`${isInline ? 'the argument' : said} is not JSON: ${(error as Error).message}`);
    }
  }
}

/** The action of a command, with its arguments and its own options. */
export type Action<O = Record<string, never>> = (
  session: Session,
  args: readonly string[],
  options: O,
) => Promise<void>;

/** A URL of a Taskport, without the `/v1` with which every call begins. Throws `UsageError`. */
export const urlOf = (text: string): string => {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text))
    throw new UsageError(`${text} is no URL of a Taskport`);
  return text.replace(/\/v1\/*$/, '');
};
