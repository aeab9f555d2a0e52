import type { StreamName } from '../lib/execution/log-sink.ts';
import { inTime } from '../lib/output/in-time.ts';
import type { OutputEnd, OutputPage, OutputSegment, outputRequest } from '../lib/output/output-schema.ts';
import type { Shown } from '../lib/shown.ts';
import { textOf } from './body.ts';
import { readFrom } from './download.ts';
import { taskPath } from './element-path.ts';
import type { CallOptions, Http } from './http.ts';
import { type OnOutage, outlasting } from './outlasting.ts';
import { sleep } from './sleep.ts';
import { StoreError } from './store-error.ts';
import { unlessSilent } from './unless-silent.ts';
import { asUnreachable, isPassing, MAX_TRIES, pauseAfter } from './upload.ts';

/** An attempt of a task on an executor. */
export interface AttemptOf {
  readonly executorId: string;
  readonly taskId: string;
  /** 1, 2, 3 … */
  readonly attempt: number;
}

/** The part of the output to read. */
export interface OutputQuery extends CallOptions {
  readonly stream?: StreamName | undefined;
  /** The position: the `after` of a page. */
  readonly after?: string | undefined;
  /** Starts this many lines before the end; a page may start a little earlier. */
  readonly tail?: number | undefined;
  /** Whether the service waits for output if there is none. */
  readonly follow?: boolean | undefined;
  /** If set, followed lines go on after an outage of the service. */
  readonly onOutage?: OnOutage | undefined;
}

/** A line of output, without its end. */
interface OutputLine {
  /** The time of its write; RFC 3339, UTC. */
  readonly at: string;
  readonly text: string;
}

/** A line with its stream. */
export interface WrittenLine extends OutputLine {
  readonly stream: StreamName;
}

/** Milliseconds between polls after an empty page. */
const PAUSE_MS = 500;
/** Milliseconds that a line waits for lines of the other stream, so that lines come in the order of their times. */
const HOLD_MS = 150;

const pathOf = ({ executorId, taskId, attempt }: AttemptOf): string =>
  `${taskPath(executorId, taskId)}/attempts/${attempt}/output`;

const writtenIn = async ({ text, url }: OutputSegment, signal: AbortSignal | undefined): Promise<string> => {
  if (url === undefined) return text ?? '';
  try {
    return await textOf(unlessSilent((either) => readFrom(url, 0, either), signal));
  } catch (error) {
    // The segment was deleted meanwhile.
    if (error instanceof StoreError && error.status === 404) return '';
    throw asUnreachable(error, url);
  }
};

const linesOf = (text: string): OutputLine[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const space = line.indexOf(' ');
      return { at: line.slice(0, space), text: line.slice(space + 1) };
    });

/** The output of attempts that the service keeps. */
export class Outputs {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** The path of an attempt's output, as in reports. */
  uri(attempt: AttemptOf, stream: StreamName): string {
    return `taskport:///v1${pathOf(attempt)}?stream=${stream}`;
  }

  page(attempt: AttemptOf, { signal, follow, onOutage: _, ...query }: OutputQuery = {}): Promise<OutputPage> {
    const asked = { ...query, follow: follow ? 'true' : undefined };
    return this.#http.json({ method: 'GET', path: pathOf(attempt), query: asked, signal });
  }

  /** For runners: appends the next segment, and marks the end of the output. */
  append(
    attempt: AttemptOf,
    body: Shown<typeof outputRequest>,
    options: CallOptions = {},
  ): Promise<OutputEnd> {
    return this.#http.json({ method: 'POST', path: pathOf(attempt), body, ...options });
  }

  /** The lines of a stream in order: those stored now, or with `follow` all until the end of the attempt or the abort of the signal. */
  lines(
    attempt: AttemptOf,
    stream: StreamName,
    query: Omit<OutputQuery, 'stream'> = {},
  ): AsyncGenerator<WrittenLine, void> {
    return this.written(attempt, { ...query, stream });
  }

  /** Like `lines`, for one stream or both, merged by time as far as both have arrived. `tail` counts the lines of both. */
  async *written(attempt: AttemptOf, query: OutputQuery = {}): AsyncGenerator<WrittenLine, void> {
    const { signal, follow, stream, onOutage } = query;
    let { after, tail } = query;
    const seen = new Set<StreamName>();
    let held: WrittenLine[] = [];
    while (!signal?.aborted) {
      const isSecond = held.length > 0;
      const least = tail === undefined ? undefined : Math.max(1, tail);
      const follows = follow && !isSecond;
      const part = { stream, after, tail: least, follow: follows, signal };
      const read = () => this.#read(attempt, part);
      const [page, fresh] = await (follow && onOutage ? outlasting(read, onOutage, signal) : read());
      for (const item of page.items) seen.add(item.stream);
      const lines = [...held, ...fresh];
      held = inTime(lines).slice(tail === undefined ? 0 : Math.max(0, lines.length - tail));
      [after, tail] = [page.after, undefined];
      const isHalf = seen.size > 1 && new Set(page.items.map((item) => item.stream)).size === 1;
      if (isHalf && follow && !isSecond && !page.ended) {
        await sleep(HOLD_MS, signal);
        continue;
      }
      yield* held;
      held = [];
      const isEmpty = page.items.length === 0;
      if (page.ended || (isEmpty && !follow)) return;
      if (isEmpty && !isSecond) await sleep(PAUSE_MS, signal);
    }
  }

  /** A page, and its lines. After a failure of the data store it reads the page again, which then has new URLs. */
  async #read(attempt: AttemptOf, query: OutputQuery): Promise<readonly [OutputPage, WrittenLine[]]> {
    for (let tries = 1; ; tries += 1) {
      const page = await this.page(attempt, query);
      try {
        const lines: WrittenLine[] = [];
        for (const item of page.items)
          for (const line of linesOf(await writtenIn(item, query.signal)))
            lines.push({ ...line, stream: item.stream });
        return [page, lines];
      } catch (error) {
        query.signal?.throwIfAborted();
        if (tries >= MAX_TRIES || !isPassing(error)) throw error;
        await sleep(pauseAfter(error, tries), query.signal);
      }
    }
  }
}
