import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogSink, OpenLog, StreamName } from '../../lib/execution/log-sink.ts';
import { Brake } from '../docker/brake.ts';
import { AttendedAttempt, interruptsIn, type Surroundings } from './attended-attempt.ts';
import { DirectoryWatch } from './directory-watch.ts';
import type { Launch } from './launch.ts';
import { removeTree, unmountBelow } from './mounts.ts';
import type { Runtime } from './runtime.ts';
import { Shim } from './shim.ts';
import { type AttemptRecord, firstAttempt, furtherOf, ordersFor, programOf, readRecord } from './state.ts';

/** Attends to attempts, those that begin and those that a process before this one began. */
export class Attendance {
  readonly #runtime: Runtime;
  readonly #openSink: OpenLog;
  /** By containers. */
  readonly #brakes = new Map<string, Brake>();

  constructor(runtime: Runtime, openSink: OpenLog) {
    this.#runtime = runtime;
    this.#openSink = openSink;
  }

  /** Throws where it does not come to run. */
  async begin(launch: Launch): Promise<AttendedAttempt> {
    const watch = new DirectoryWatch(launch.directory);
    try {
      const { record, startedAt, sinks } = await launch.run(watch);
      return new AttendedAttempt(record, startedAt, 0, this.#around(record, launch.directory, watch, sinks));
    } catch (error) {
      watch.close();
      throw error;
    }
  }

  /** The attempt of a directory; undefined where it was never started, and then nothing is left of it. */
  async resume(directory: string): Promise<AttendedAttempt | undefined> {
    const record = await readRecord(directory);
    const shim = new Shim(directory);
    if (record !== undefined && (await shim.hasBegun())) {
      const watch = new DirectoryWatch(directory);
      try {
        const startedAt = await shim.running(programOf(record), watch);
        // Who was held by a runner that is gone would wait for ever.
        if ((await shim.exit()) === undefined)
          await this.#runtime.resume(this.#runtime.containerOf(firstAttempt(record))).catch(() => {});
        const interrupts = await interruptsIn(directory);
        return new AttendedAttempt(
          record,
          startedAt,
          interrupts,
          this.#around(record, directory, watch, new Map()),
        );
      } catch {
        watch.close();
      }
    }
    await removeTree(directory);
    return undefined;
  }

  #around(
    record: AttemptRecord,
    directory: string,
    watch: DirectoryWatch,
    sinks: ReadonlyMap<StreamName, LogSink>,
  ): Surroundings {
    const shim = new Shim(directory);
    const container = this.#runtime.containerOf(firstAttempt(record));
    const brake = this.#brakeOf(container);
    return {
      directory,
      shim,
      watch,
      brake,
      openSink: async (stream) => {
        const sink = ordersFor(record).logging[stream];
        if (typeof sink === 'string') throw new Error(`${stream} goes nowhere`);
        return sinks.get(stream) ?? this.#openSink(sink, record.attempt, stream);
      },
      kill: async () => {
        if (furtherOf(record) === undefined) return this.#runtime.delete(container);
        const pid = await shim.pid();
        // Without the runtime that waits for it, its number may be another's by now: only one in the container is meant.
        if (pid !== undefined && (await this.#runtime.pids(container)).includes(pid))
          process.kill(pid, 'SIGKILL');
      },
      vacate: async () => {
        // They hold the values of secrets.
        for (const name of ['bundle/config.json', 'process.json'])
          await rm(join(directory, name), { force: true });
        await unmountBelow(directory);
        if (furtherOf(record) === undefined) this.#brakes.delete(container);
      },
    };
  }

  #brakeOf(container: string): Brake {
    const brake =
      this.#brakes.get(container) ??
      new Brake(
        () => this.#runtime.pause(container),
        () => this.#runtime.resume(container),
      );
    this.#brakes.set(container, brake);
    return brake;
  }
}
