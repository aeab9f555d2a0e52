import { Buffer } from 'node:buffer';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Composition } from '../../lib/composition/composition.ts';
import { archiveOf, digest, sendAll } from '../uploading.ts';
import type { Answer, Api } from './api.ts';
import { park } from './interleaver.ts';
import { seeing } from './parked-calls.ts';
import type { Interception } from './stores.ts';

/** The contents of a test's volume: one file, with a line for each write. */
type Lines = readonly string[];

/** All writes of a test, and their fates. */
export class Chronicle {
  /** The contents for each checksum. */
  readonly #contents = new Map<string, Lines>();
  /** The outcome of each attachment, with the number of the change of the table. */
  readonly ends = new Map<string, { readonly outcome: string; readonly at: number }>();
  /** The time at which each element was created. */
  readonly created = new Map<string, number>();
  #changes = 0;

  async archiveOf(lines: Lines): Promise<Uint8Array> {
    const bytes = await archiveOf({ name: 'lines', content: Buffer.from(lines.join('\n')) });
    this.#contents.set(digest('sha256', bytes), lines);
    return bytes;
  }

  linesOf(checksum: string | undefined): Lines {
    if (checksum === undefined) return [];
    const lines = this.#contents.get(checksum);
    if (!lines) throw new Error(`nobody wrote ${checksum}`);
    return lines;
  }

  /** Sees the writes to the table. */
  readonly witness = (inner: Interception): Interception =>
    seeing(inner, (operation, input) => {
      if (operation === 'TransactWriteItems') this.#note(input);
    });

  #note(input: unknown): void {
    this.#changes += 1;
    // biome-ignore lint/suspicious/noExplicitAny: a request as the SDK has it.
    for (const { Put } of (input as any).TransactItems) {
      const item = Put ? unmarshall(Put.Item) : {};
      if (item.row === 'element' && !this.created.has(item.id)) this.created.set(item.id, this.#changes);
      if (item.row !== 'composition') continue;
      for (const { settled } of (JSON.parse(item.composition) as Composition).members) {
        if (settled && !this.ends.has(settled.attachment))
          this.ends.set(settled.attachment, { outcome: settled.outcome, at: this.#changes });
      }
    }
  }
}

/** An engine's copy for an attachment. */
export interface Copy {
  readonly attachment: string;
  readonly from: Lines;
  lines: Lines;
}

interface EngineOptions {
  readonly name: string;
  readonly api: () => Api;
  readonly path: string;
  readonly chronicle: Chronicle;
  readonly random: () => number;
  /** Gets requests to repeat later. */
  readonly late: (again: () => Promise<unknown>) => void;
}

/** An engine with its disk, and its runner for one executor's volume. */
export class WritingEngine {
  readonly copies = new Map<string, Copy>();
  readonly #options: EngineOptions;
  #writes = 0;

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  async #call(request: 'GET' | 'POST', what: string, body?: object): Promise<Answer> {
    const { api, path, random, late } = this.#options;
    const ask = () => api()(`${request} ${path}/${what}`, body);
    if (request === 'POST' && random() < 0.25) late(ask);
    // A caller that does not get an answer repeats the request.
    if (request === 'POST' && random() < 0.15) await ask();
    return ask();
  }

  /** Does the work that is due. */
  async turn(): Promise<string> {
    const { name: engine, chronicle } = this.#options;
    const { status, body } = await this.#call('GET', 'attachment');
    if (status !== 200) return 'nothing';
    const { attachment, round, state, base } = body;
    if (state === 'attached') {
      const present = this.copies.get(attachment);
      const copy = present ?? { attachment, from: chronicle.linesOf(base), lines: chronicle.linesOf(base) };
      const claimed = await this.#call('POST', 'attachment', { attachment, engine });
      if (claimed.status !== 200) return 'refused';
      this.copies.set(attachment, copy);
      await park('runs a task', () => Promise.resolve());
      if (this.#options.random() < 0.5) {
        this.#writes += 1;
        copy.lines = [...copy.lines, `${engine} ${attachment} ${this.#writes}`];
      }
      return 'runs';
    }
    const copy = this.copies.get(attachment);
    if (!copy || state !== 'saving') return 'waits';
    const named = { attachment, round, engine };
    if (copy.lines.length === copy.from.length) {
      await this.#call('POST', 'saves', { ...named, unchanged: true });
      return 'unchanged';
    }
    const bytes = await chronicle.archiveOf(copy.lines);
    const said = { ...named, size: bytes.length, checksum: digest('sha256', bytes) };
    const begun = await this.#call('POST', 'saves', said);
    if (begun.status !== 201 || !begun.body.upload) return `begins: ${begun.body.code ?? begun.status}`;
    await park('sends', () => sendAll(begun.body.upload.requests, bytes));
    const completed = await this.#call('POST', 'saves/complete', { attachment, round });
    return `completes: ${completed.body.code ?? completed.status}`;
  }
}
