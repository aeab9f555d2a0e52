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

/** A call and perhaps a request a piece: lines are gathered for these. */
const GATHERED: GatheringLimits = { bytes: 2 ** 20, ms: 2_000 };
/** Refusals that another try may change. */
const PASSING = new Set([401, 403, 408, 429]);

/** Whether nobody will ever have it: the executor is gone, or composed anew, or the service is older than this. */
const isRefused = (error: unknown): boolean =>
  error instanceof ProblemError && error.status < 500 && !PASSING.has(error.status);

/** One stream of an attempt on its way to the service. */
class ServiceSink implements LogSink {
  readonly uri: string;
  readonly gathered = GATHERED;
  readonly #taskport: Taskport;
  readonly #attempt: Attempt;
  readonly #of: { readonly stream: StreamName; readonly since?: string };
  /** Nothing more of it is kept. */
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

  /** Finds out where it ends. */
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

  /** Before the bytes of the last segment came another may have taken its place. */
  async close(): Promise<void> {
    if (!this.#isUnsure || this.#isOver) return;
    const found = await this.#append(undefined);
    if (found === undefined || found.cut || found.mark === this.end) return;
    this.end = found.mark;
    throw new Rewound(found.mark);
  }

  /** Another has written, or a lost request was heard: lines that the log has are not written again, and the others are. */
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
      // It was sent before: whatever is there has the same checksum.
      if (!(error instanceof StoreError && error.status === 412)) throw error;
    }
  }

  /** What the service answers; nothing where it never will have it. */
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
    // The service says itself when an attempt has ended.
    yield* this.#taskport.outputs.lines(attempt, stream, { signal, follow: follow !== undefined });
    signal?.throwIfAborted();
  }
}
