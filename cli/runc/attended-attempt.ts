import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Exit } from '../../lib/execution/attempt.ts';
import type { Execution } from '../../lib/execution/engine.ts';
import type { LogSink, StreamName } from '../../lib/execution/log-sink.ts';
import type { Brake } from '../docker/brake.ts';
import type { DirectoryWatch } from './directory-watch.ts';
import { OutputPump } from './output-pump.ts';
import { signalNumber } from './runtime.ts';
import type { Shim } from './shim.ts';
import { type AttemptRecord, ordersFor } from './state.ts';

/** Bytes of output that may wait on disk; a task that is held goes on at a fourth of them. */
const MAX_BACKLOG = 64 * 1024 * 1024;
const HOLD_UP_MS = 200;

type Ended = Exit & { readonly at: string };

/** What an attempt that runs, or has run, needs of its surroundings. */
export interface Surroundings {
  readonly directory: string;
  readonly shim: Shim;
  readonly watch: DirectoryWatch;
  /** That of its container. */
  readonly brake: Brake;
  readonly openSink: (stream: StreamName) => Promise<LogSink>;
  /** Ends what is left of it where its shim was killed. */
  kill(): Promise<void>;
  /** Takes away what only a running task needs; called once it has ended. */
  vacate(): Promise<void>;
}

/** An attempt that was started: its output is carried on, its end awaited, its signals are sent. */
export class AttendedAttempt {
  readonly record: AttemptRecord;
  readonly execution: Execution;
  readonly #around: Surroundings;
  readonly #abort = new AbortController();
  #interrupts: number;
  #exit: Ended | undefined;
  /** Settles when it has ended and its mounts are gone, whether or not its output is in its logs. */
  readonly vacated: Promise<Ended>;

  constructor(record: AttemptRecord, startedAt: string, interrupts: number, around: Surroundings) {
    this.record = record;
    this.#around = around;
    this.#interrupts = interrupts;
    this.vacated = this.#end();
    const { attempt, output } = record;
    this.execution = { attempt, startedAt, output, interrupts, ended: this.#attend() };
  }

  get hasExited(): boolean {
    return this.#exit !== undefined;
  }

  /** What it is told by a later look: signals may have been sent since. */
  describe(): Execution {
    return { ...this.execution, interrupts: this.#interrupts };
  }

  /** Whether it waits for its own output to be carried on. */
  get isHeld(): boolean {
    return this.#around.brake.isHeld;
  }

  async signal(signal: string, count: number): Promise<void> {
    if (count <= this.#interrupts) return;
    this.#interrupts = count;
    // Before it is sent: one that is lost with this process is one less than was asked for, and not one more.
    await writeFile(join(this.#around.directory, INTERRUPTS), String(count));
    if (signal === 'KILL') await this.#around.brake.lift();
    await this.#send(signal);
  }

  /** A stop that was begun before goes on: the signal was sent, and the time runs. */
  async stop(): Promise<void> {
    const { stop, deadlines } = ordersFor(this.record);
    await this.#around.brake.lift();
    const path = join(this.#around.directory, STOPPING);
    const begun = await stat(path).catch(() => undefined);
    if (begun === undefined) {
      // Without room to note it, a stop that is taken up again begins again.
      await writeFile(path, '').catch(() => {});
      await this.#send(stop.signal);
    }
    const left = (begun?.mtimeMs ?? Date.now()) + deadlines.stopSeconds * 1000 - Date.now();
    const over = new AbortController();
    const late = setTimeout(Math.max(0, left), true, { signal: over.signal }).catch(() => false);
    const isLate = await Promise.race([late, this.vacated.then(() => false)]);
    over.abort();
    if (isLate) await this.#send('KILL');
    await this.vacated;
  }

  /** Lets go of it; what is on its way to a log stays on disk. */
  release(): void {
    this.#abort.abort();
    this.#around.watch.touch();
    this.#around.watch.close();
  }

  /**
   * The runtime is the parent of the task and waits for it, so that its number is no other's for as long as the shim has not
   * written down how it ended.
   */
  async #send(signal: string): Promise<void> {
    const pid = await this.#around.shim.pid();
    if (pid === undefined || (await this.#around.shim.exit()) !== undefined) return;
    if (!(await this.#around.shim.isAlive())) return;
    try {
      process.kill(pid, signalNumber(signal));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  async #end(): Promise<Ended> {
    const exit = await this.#awaitExit();
    this.#exit = exit;
    for (const stream of ['stdout', 'stderr'])
      await this.#around.brake.want(`${this.record.attempt.taskId} ${stream}`, false);
    this.#around.watch.touch();
    // What cannot be taken away now is when it is forgotten, which tells why not.
    await this.#around.vacate().catch(() => {});
    return exit;
  }

  async #awaitExit(): Promise<Ended> {
    const { shim, watch } = this.#around;
    while (!this.#abort.signal.aborted) {
      const version = watch.version('exit');
      // The shim is asked first: one that is gone has written by now whatever it will ever write.
      const isAlive = await shim.isAlive();
      const exit = await shim.exit();
      if (exit !== undefined) return exit;
      if (!isAlive) {
        await this.#around.kill().catch(() => {});
        return shim.markKilled();
      }
      await watch.after(version, 'exit');
    }
    return never();
  }

  async #holdUp(stream: StreamName, pump: OutputPump): Promise<void> {
    const { brake } = this.#around;
    const holder = `${this.record.attempt.taskId} ${stream}`;
    const limit = brake.isWantedBy(holder) ? MAX_BACKLOG / 4 : MAX_BACKLOG;
    const isWanted = (await pump.backlog()) > limit && !this.hasExited;
    await brake.want(holder, isWanted);
  }

  async #attend(): Promise<Ended> {
    const streams = (['stdout', 'stderr'] as const).filter(
      (stream) => this.record.output[stream] !== undefined,
    );
    const { directory, watch, openSink } = this.#around;
    const pumps = streams.map(
      (stream) => new OutputPump(directory, stream, () => openSink(stream), watch, this.#abort.signal),
    );
    const carried = pumps.map((pump) => pump.run(() => this.hasExited).catch(() => {}));
    const held = setInterval(() => {
      for (const [at, pump] of pumps.entries()) this.#holdUp(streams[at] as StreamName, pump).catch(() => {});
    }, HOLD_UP_MS);
    this.#abort.signal.addEventListener('abort', () => clearInterval(held));
    const ended = await this.vacated;
    clearInterval(held);
    await Promise.all(carried);
    if (this.#abort.signal.aborted) return never();
    watch.close();
    return ended;
  }
}

/** Of what it has let go of, nothing more is told. */
const never = (): Promise<never> => new Promise(() => {});

const INTERRUPTS = 'interrupts';
const STOPPING = 'stopping';

/** How many signals an attempt was sent, by the directory of the attempt. */
export const interruptsIn = async (directory: string): Promise<number> =>
  Number(await readFile(join(directory, INTERRUPTS), 'utf8').catch(() => '0'));
