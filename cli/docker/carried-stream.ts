import { setTimeout as sleep } from 'node:timers/promises';
import type Dockerode from 'dockerode';
import type { ContainerInspectInfo } from 'dockerode';
import { type LogSink, Rewound, type StreamName } from '../../lib/execution/log-sink.ts';
import { firstAborted } from '../../lib/first-aborted.ts';
import { except } from './api-error.ts';
import type { Backlog } from './backlog.ts';
import type { Lag } from './lag.ts';
import { entriesOf } from './log-entry.ts';
import { OutputLines, secondsOf } from './output-lines.ts';
import { type Persist, persistUntil } from './persist.ts';
import { followFrom } from './read-log.ts';
import { WaitingLines } from './waiting-lines.ts';

const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 5_000;
/** After this time of silence the runner requests the stream again: the connection may be dead, or the engine may have rotated the log. */
const SILENCE_MS = 10 * 60_000;

/** The present state of a container. */
export interface Found {
  readonly isThere: boolean;
  /** Whether the container ran and has ended. */
  readonly hasEnded: boolean;
  readonly hasTerminal: boolean;
  readonly isPaused: boolean;
}

export const foundOf = (found: Pick<ContainerInspectInfo, 'State' | 'Config'> | undefined): Found => {
  if (!found) return { isThere: false, hasEnded: true, hasTerminal: false, isPaused: false };
  const { State, Config } = found;
  const hasEnded = !State.Running && !['created', 'initialized', 'configured'].includes(State.Status);
  return { isThere: true, hasEnded, hasTerminal: Config.Tty, isPaused: State.Paused };
};

/** Tries until the call succeeds: nobody waits for an error, and the engine keeps the output meanwhile. */
export const insistUntil = (signal: AbortSignal): Persist =>
  persistUntil(signal, (error) => error instanceof Rewound, MAX_PAUSE_MS);

export interface CarriedOptions {
  readonly container: Dockerode.Container;
  /** The state at the last look. */
  readonly found: Found;
  readonly stream: StreamName;
  readonly sink: LogSink;
  /** The mark of the last line in the log. */
  readonly mark: string | undefined;
  readonly note: (mark: string) => Promise<void>;
  readonly backlog: Backlog;
  readonly lag: Lag;
  readonly signal: AbortSignal;
}

/** One stream of a container on its way to a log. */
export class CarriedStream {
  readonly #options: CarriedOptions;
  readonly #waiting: WaitingLines;
  /** The mark of the last line that the runner read. */
  #read: string | undefined;
  #onRoom: () => void = () => {};

  constructor(options: CarriedOptions) {
    this.#options = options;
    this.#waiting = new WaitingLines(options.sink.gathered ?? { bytes: 2 ** 18, ms: 0 });
    this.#read = options.mark;
  }

  /** Settles once all output is in the log and the container has ended. */
  async run(): Promise<void> {
    const { sink, backlog, lag } = this.#options;
    const failed = new AbortController();
    const signal = firstAborted(this.#options.signal, failed.signal);
    const work = [this.#readAll(signal), this.#write(signal)];
    try {
      await Promise.all(work);
      await insistUntil(signal)(() => sink.close());
    } catch (error) {
      failed.abort(error);
      await Promise.allSettled(work);
      if (!(error instanceof Rewound)) await sink.close().catch(() => {});
      throw error;
    } finally {
      backlog.stop();
      lag.stop();
    }
  }

  async #readAll(signal: AbortSignal): Promise<void> {
    const { container } = this.#options;
    const insist = insistUntil(signal);
    let { found } = this.#options;
    for (let pause = 0; ; pause = Math.min(Math.max(2 * pause, FIRST_PAUSE_MS), MAX_PAUSE_MS)) {
      const before = this.#read;
      const isWhole = found.isThere && (await this.#readOnce(found.hasTerminal, signal));
      signal.throwIfAborted();
      if (found.hasEnded && (isWhole || !found.isThere)) break;
      if (this.#read !== before) pause = Math.min(pause, FIRST_PAUSE_MS);
      await sleep(pause, undefined, { signal }).catch(() => {});
      found = await insist(async () => foundOf(await container.inspect().catch(except(404))));
    }
    this.#waiting.end();
  }

  /** Reads until the engine's log ends for now, or cannot be read; answers whether it reached the end. */
  async #readOnce(hasTerminal: boolean, signal: AbortSignal): Promise<boolean> {
    const { container, stream, backlog, lag } = this.#options;
    const abort = new AbortController();
    const stop = (): void => abort.abort();
    signal.addEventListener('abort', stop, { once: true });
    const silence = setTimeout(stop, SILENCE_MS);
    const lines = new OutputLines(this.#read);
    try {
      const chunks = await followFrom(container, stream, this.#read, abort.signal);
      for await (const entries of entriesOf(counted(lag.watched(chunks), backlog), hasTerminal)) {
        silence.refresh();
        this.#add(entries.flatMap((entry) => lines.push(entry)));
        if (lines.isRepeated) return false;
        const last = entries.at(-1);
        if (last) await lag.reached(secondsOf(last.at));
        if (this.#waiting.isFull) await backlog.while(this.#room(signal));
      }
      if (abort.signal.aborted) return false;
      this.#add(lines.end());
      return true;
    } catch {
      return false;
    } finally {
      clearTimeout(silence);
      signal.removeEventListener('abort', stop);
      abort.abort();
    }
  }

  #add(lines: ReturnType<OutputLines['push']>): void {
    this.#read = lines.at(-1)?.mark ?? this.#read;
    this.#waiting.add(lines);
  }

  /** Settles once less waits than the limit. */
  #room(signal: AbortSignal): Promise<void> {
    return new Promise((settle) => {
      const look = (): void => {
        if (this.#waiting.isFull && !signal.aborted) return;
        signal.removeEventListener('abort', look);
        settle();
      };
      this.#onRoom = look;
      signal.addEventListener('abort', look, { once: true });
    });
  }

  async #write(signal: AbortSignal): Promise<void> {
    const { sink, note } = this.#options;
    const insist = insistUntil(signal);
    for (;;) {
      const lines = await this.#waiting.take(signal);
      const mark = lines.at(-1)?.mark;
      if (mark === undefined) return;
      await insist(() => sink.write(lines));
      await insist(() => note(mark));
      this.#onRoom();
    }
  }
}

async function* counted(chunks: AsyncIterable<Buffer>, backlog: Backlog): AsyncGenerator<Buffer, void> {
  for await (const chunk of chunks) {
    backlog.read(chunk.length);
    yield chunk;
  }
}
