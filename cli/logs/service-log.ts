import { createHash } from 'node:crypto';
import { putSigned } from '../../client/platform/signed-put.ts';
import { ProblemError } from '../../client/problem-error.ts';
import { StoreError } from '../../client/store-error.ts';
import type { Taskport } from '../../client/taskport.ts';
import { defined } from '../../lib/defined.ts';
import type { Attempt } from '../../lib/execution/attempt.ts';
import type { LogFilter, LogReader, ReadOptions } from '../../lib/execution/log-reader.ts';
import {
  type GatheringLimits,
  type Line,
  type LogSink,
  Rewound,
  type StreamName,
} from '../../lib/execution/log-sink.ts';
import { MAX_TEXT_BYTES } from '../../lib/output/output-schema.ts';

/** Each append costs a call and perhaps a request, so it waits for this many lines. */
const GATHERED: GatheringLimits = { bytes: 2 ** 20, ms: 2_000 };
/** Refusals after which another try may succeed. */
const PASSING = new Set([401, 403, 408, 429]);

/** Whether the service will never accept the output: the executor is gone or composed again, or the service is older than this. */
const isRefused = (error: unknown): boolean =>
  error instanceof ProblemError && error.status < 500 && !PASSING.has(error.status);

/** One stream of an attempt on its way to the service. */
class ServiceSink implements LogSink {
  readonly uri: string;
  readonly gathered = GATHERED;
  readonly #taskport: Taskport;
  readonly #attempt: Attempt;
  readonly #of: { readonly stream: StreamName; readonly since?: string };
  /** The service accepts no more of it. */
  #isOver = false;
  end: string | undefined;
  /** Whether the last segment was sent apart from its call. */
  #isUnsure = false;

  constructor(taskport: Taskport, attempt: Attempt, stream: StreamName, since: string | undefined) {
    this.#taskport = taskport;
    this.#attempt = attempt;
    this.#of = since ? { stream, since } : { stream };
    this.uri = taskport.outputs.uri(attempt, stream);
  }

  /** Asks the service where the stream ends. */
  async open(): Promise<this> {
    const found = await this.#append(undefined);
    this.end = found?.mark;
    this.#isOver ||= found?.cut === true;
    return this;
  }

  async write(given: readonly Line[]): Promise<void> {
    const { end = '' } = this;
    const lines = given.filter(({ mark = '' }) => mark > end);
    const last = lines.at(-1)?.mark;
    if (this.#isOver || last === undefined) return;
    const text = lines.map((line) => `${line.at} ${line.text}\n`).join('');
    const bytes = Buffer.from(text);
    const checksum = `sha256:${createHash('sha256').update(bytes).digest('hex')}` as const;
    const found = await this.#append({
      ...defined({ after: this.end }),
      mark: last,
      at: lines[0]?.at ?? '',
      lines: lines.length,
      size: bytes.length,
      ...(bytes.length <= MAX_TEXT_BYTES ? { text } : { checksum }),
    });
    if (found === undefined || found.cut) {
      this.#isOver = true;
      return;
    }
    if (found.mark !== last) return this.#goOn(found.mark ?? '', given);
    if (found.request) await this.#send(found.request, bytes);
    this.#isUnsure = found.request !== undefined;
    this.end = last;
  }

  /** Another writer may have appended before the bytes of the last segment arrived. */
  async close(): Promise<void> {
    if (!this.#isUnsure || this.#isOver) return;
    const found = await this.#append(undefined);
    if (found === undefined || found.cut || found.mark === this.end) return;
    this.end = found.mark;
    throw new Rewound(found.mark);
  }

  /** Another writer has appended, or the answer to a request was lost: drops the lines that the log has, and keeps the others. */
  async #goOn(found: string, given: readonly Line[]): Promise<void> {
    const end = this.end ?? '';
    if (found === end) throw new Error(`the output of ${this.#attempt.taskId} is being written by another`);
    this.end = found === '' ? undefined : found;
    if (found < end) throw new Rewound(this.end);
    return this.write(given);
  }

  async #send(request: Parameters<typeof putSigned>[0], bytes: Buffer): Promise<void> {
    try {
      await putSigned(
        request,
        (async function* () {
          yield bytes;
        })(),
        undefined,
        () => {},
      );
    } catch (error) {
      // The segment was sent before: the stored one has the same checksum.
      if (!(error instanceof StoreError && error.status === 412)) throw error;
    }
  }

  /** The answer of the service; undefined if it will never accept the output. */
  async #append(segment: Parameters<Taskport['outputs']['append']>[1]['segment']) {
    try {
      return await this.#taskport.outputs.append(this.#attempt, { ...this.#of, ...(segment && { segment }) });
    } catch (error) {
      if (!isRefused(error)) throw error;
      this.#isOver = true;
      return undefined;
    }
  }
}

/** Opens output that the service keeps. */
export const openServiceSink = (
  taskport: Taskport,
  attempt: Attempt,
  stream: StreamName,
  since: string | undefined,
): Promise<LogSink> => new ServiceSink(taskport, attempt, stream, since).open();

/** Reads output that the service keeps. */
export class ServiceLog implements LogReader {
  readonly #taskport: Taskport;

  constructor(taskport: Taskport) {
    this.#taskport = taskport;
  }

  async *read(
    _: string,
    { attempt, stream }: LogFilter,
    { follow, signal }: ReadOptions = {},
  ): AsyncGenerator<Line, void> {
    // The service reports the end of an attempt.
    yield* this.#taskport.outputs.lines(attempt, stream, { signal, follow: follow !== undefined });
    signal?.throwIfAborted();
  }
}
