import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Pages } from '../client/pages.ts';
import type { Taskport } from '../client/taskport.ts';
import type { Kind } from '../lib/kind/index.ts';
import type { Io } from './io.ts';
import { type Row, TablePrinter } from './table.ts';
import { UsageError } from './usage-error.ts';

export const DEFAULT_URL = 'http://127.0.0.1:8787';

/** Options that every command has. */
export interface SharedOptions {
  readonly url?: string;
  readonly json?: boolean;
}

interface ListOptions {
  /** So many are shown at most. */
  readonly limit?: number | undefined;
  /** Throws where an empty list is one that cannot be. */
  readonly assertNone?: () => Promise<void>;
}

/** One run of a command: the service that it is about, and how what it finds is shown. */
export class Session {
  readonly io: Io;
  readonly taskport: Taskport;
  readonly isJson: boolean;
  /** Where the service is. */
  readonly url: string;

  constructor(io: Io, taskport: Taskport, isJson: boolean, url: string) {
    this.io = io;
    this.taskport = taskport;
    this.isJson = isJson;
    this.url = url;
  }

  /** What every call of this run is given. */
  get call(): { readonly signal: AbortSignal } {
    return { signal: this.io.signal };
  }

  /** Shows one thing: as a line of JSON, or as `format` says it to people. */
  show<T>(value: T, format: (value: T) => string): void {
    this.io.out(`${this.isJson ? JSON.stringify(value) : format(value)}\n`);
  }

  /** Shows things as they come: a line of JSON for each, or rows of a table. Answers how many there were. */
  async #list<T>(items: AsyncIterable<T>, toRow: (item: T) => Row): Promise<number> {
    const table = new TablePrinter((line) => this.io.out(`${line}\n`));
    let count = 0;
    for await (const item of items) {
      count += 1;
      if (this.isJson) this.io.out(`${JSON.stringify(item)}\n`);
      else table.add(toRow(item));
    }
    table.end();
    return count;
  }

  /** Shows a list in pages, or as much of it as is asked for; says that it is empty, how much of it is hidden, that there is more. */
  async listPages<T>(
    pages: Pages<T>,
    toRow: (item: T) => Row,
    { limit = Number.POSITIVE_INFINITY, assertNone }: ListOptions = {},
  ): Promise<void> {
    let concealed = 0;
    let isCut = false;
    const shown = async function* (): AsyncGenerator<T> {
      let left = limit;
      for await (const { items, hidden = 0, cursor } of pages.pages()) {
        concealed += hidden;
        yield* items.slice(0, left);
        left -= items.length;
        isCut = left < 0 || (left === 0 && cursor !== undefined);
        if (left <= 0) return;
      }
    };
    const count = await this.#list(shown(), toRow);
    if (count + concealed === 0) {
      await assertNone?.();
      this.note('none');
    }
    if (isCut) this.note(`the first ${count}; there may be more`);
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

  /** An object in a file of JSON. Throws `UsageError` where there is none. */
  async readJson(path: string): Promise<Record<string, unknown>> {
    const text = await this.readText(path);
    try {
      return JSON.parse(text) as Record<string, unknown>;
    } catch (error) {
      throw new UsageError(`${path} is not JSON: ${(error as Error).message}`);
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

const ID = /^[a-z]+:\/\/[^/]+\/[^/]+$/;
/** A task that the composition of an executor has of its own. */
const INLINE_TASK = /^(?:executor:\/\/)?([^/:]+\/[^/]+\/tasks\/[^/]+)$/;

/** The ID that a text names: in full, or without `<kind>://` where the kind is known. Throws `UsageError` for another kind. */
export const idOf = (kind: Kind, text: string): string => {
  const [, inline] = (kind === 'task' && INLINE_TASK.exec(text)) || [];
  if (inline !== undefined) return `executor://${inline}`;
  const id = text.includes('://') ? text : `${kind}://${text}`;
  if (!ID.test(id))
    throw new UsageError(`${text} is no ID: write ${kind}://<location>/<name>, or <location>/<name>`);
  if (!id.startsWith(`${kind}://`)) throw new UsageError(`${text} is no ${kind}`);
  return id;
};

/** An ID where any kind may stand. Throws `UsageError` for what is none. */
export const fullIdOf = (text: string): string => {
  if (!ID.test(text) && !(text.startsWith('executor://') && INLINE_TASK.test(text)))
    throw new UsageError(`${text} is no ID: write <kind>://<location>/<name>`);
  return text;
};
