import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerInspectInfo } from 'dockerode';
import type { Orders } from '../../lib/composition/plan/orders.ts';
import { defined } from '../../lib/defined.ts';
import type { Attempt, Exit, Output } from '../../lib/execution/attempt.ts';
import type { Execution } from '../../lib/execution/engine.ts';
import type { LogSink, OpenSink, StreamName } from '../../lib/execution/log-sink.ts';
import { firstAborted } from '../../lib/first-aborted.ts';
import { statusOf, wordsOf } from './api-error.ts';
import { type Found, foundOf } from './carried-stream.ts';
import { type Course, courseOf, nameWith } from './container-name.ts';
import type { Containers } from './containers.ts';
import type { FirstOutput } from './first-output.ts';
import { endGroup, endOf, noted } from './group.ts';
import { HealthChecks } from './health-checks.ts';
import { labelNames } from './labels.ts';
import { carryOutput, type Position } from './output.ts';

/** Facts about a task for a runner that takes it over. */
export interface KeptOrders extends Pick<Orders, 'logging' | 'stop' | 'healthCheck'> {
  readonly stopSeconds: number;
  /** Whether the group ends when this task ends. */
  readonly isFirst: boolean;
  readonly output: Output;
}

export type Sinks = Partial<Record<StreamName, LogSink>>;
type End = Exit & { readonly at: string };

export interface Surroundings {
  readonly containers: Containers;
  readonly openSink: OpenSink;
  readonly positionOf: (attempt: Attempt, since: string) => Position;
  /** Aborts when the runner detaches from everything. */
  readonly signal: AbortSignal;
}

const STREAMS = ['stdout', 'stderr'] as const;
/** How long to wait for a log that cannot be opened. */
const REOPEN_MS = 1_000;

/** Closes logs into which nothing goes. */
export const closeSinks = async (sinks: Sinks): Promise<void> =>
  void (await Promise.allSettled(Object.values(sinks).map((sink) => sink.close())));

/** Opens the logs of an attempt: all of them, or none if it throws. */
export const openSinks = async (
  { openSink }: Pick<Surroundings, 'openSink'>,
  logging: Orders['logging'],
  attempt: Attempt,
  since: string,
): Promise<Sinks> => {
  const opened = STREAMS.map(async (stream): Promise<[StreamName, LogSink | undefined]> => {
    const sink = logging[stream];
    return [stream, sink === 'none' ? undefined : await openSink(sink, attempt, stream, since)];
  });
  const settled = await Promise.allSettled(opened);
  const sinks = defined(
    Object.fromEntries(settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))) as Sinks,
  );
  const failed = settled.find((one) => one.status === 'rejected');
  if (!failed) return sinks;
  await closeSinks(sinks);
  throw failed.reason;
};

/** A running task: sends its output to its logs, waits for its end, and sends it signals. */
export class TaskContainer {
  readonly id: string;
  readonly attempt: Attempt;
  readonly groupId: string;
  readonly orders: KeptOrders;
  /** The output for the one client for whom the task runs. */
  readonly first: FirstOutput | undefined;
  readonly #since: string;
  readonly #startedAt: string;
  readonly #base: string;
  readonly #around: Surroundings;
  readonly #checks: HealthChecks;
  readonly #ended: Promise<End>;
  /** Settles once the container has ended; rejects once the runner detaches. */
  readonly exited: Promise<End>;
  #course: Course;
  #exit: End | undefined;
  /** Changes of the container's name run one after another. */
  #turn: Promise<void> = Promise.resolve();

  constructor(
    found: ContainerInspectInfo,
    { attempt, since }: { readonly attempt: Attempt; readonly since: string },
    around: Surroundings,
    { sinks, first }: { readonly sinks?: Sinks; readonly first?: FirstOutput | undefined } = {},
  ) {
    const { Id, Name, State } = found;
    const { Labels } = found.Config;
    const { base, ...course } = courseOf(Name);
    this.id = Id;
    this.attempt = attempt;
    this.groupId = Labels[labelNames.group] ?? '';
    this.orders = JSON.parse(Labels[labelNames.orders] ?? '{}');
    this.first = first;
    this.#since = since;
    this.#startedAt = new Date(State.StartedAt).toISOString();
    this.#base = base;
    this.#course = course;
    this.#around = around;
    this.#checks = new HealthChecks(around.containers, Id, this.orders.healthCheck);
    this.exited = this.#end();
    // A client that connected during the run may attach after the end, and still gets the output.
    const told = Promise.all([this.exited, this.#carry(sinks, foundOf(found)), first?.settled]);
    // After the runner detaches, nobody receives the end.
    this.#ended = new Promise((settle) => {
      told.then(
        ([end]) => settle(end),
        () => {},
      );
    });
  }

  get hasExited(): boolean {
    return this.#exit !== undefined;
  }

  describe(): Execution {
    return {
      attempt: this.attempt,
      since: this.#since,
      startedAt: this.#startedAt,
      output: this.orders.output,
      interrupts: this.#course.interrupts,
      ended: this.#ended,
    };
  }

  /** Records the signal before sending it: if this process dies in between, the task gets one signal fewer, never one more. */
  signal(name: string, count: number): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#exit || count <= this.#course.interrupts) return;
      await this.#note({ ...this.#course, interrupts: count });
      await this.#around.containers.signal(this.id, name);
    });
  }

  /** Begins to stop the task; continues a stop that an earlier runner began, whose signal is sent and whose time runs. */
  async stop(mostSeconds = Number.POSITIVE_INFINITY): Promise<void> {
    this.first?.letGo();
    if (this.#exit) return;
    const { containers, signal } = this.#around;
    const { stop, stopSeconds } = this.orders;
    await this.#inTurn(async () => {
      if (this.#course.stopping !== undefined) return;
      await this.#note({ ...this.#course, stopping: Date.now() });
      // An engine that refuses this signal may still accept KILL.
      await containers.signal(this.id, stop.signal).catch((error) => {
        if (statusOf(error) === undefined) throw error;
      });
    });
    const seconds = Math.min(stopSeconds, mostSeconds);
    const left = (this.#course.stopping ?? 0) + seconds * 1_000 - Date.now();
    const over = new AbortController();
    const either = firstAborted(over.signal, signal);
    // If the clock was set back since, wait at most the full time from now.
    const late = sleep(Math.min(Math.max(0, left), seconds * 1_000), true, { signal: either }).catch(
      () => false,
    );
    const isLate = await Promise.race([late, this.exited.then(() => false)]);
    over.abort();
    if (isLate) await containers.signal(this.id, 'KILL');
    await this.exited;
  }

  async check(): Promise<boolean> {
    if (this.#exit) return false;
    // No check can run in a paused container, and a wait for a log is no failure of health.
    return this.#checks.run().catch((error) => /paused/i.test(wordsOf(error)));
  }

  async #note(course: Course): Promise<void> {
    await noted(this.#around.containers, this.id, nameWith(this.#base, course));
    this.#course = course;
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(act);
    this.#turn = done.catch(() => {});
    return done;
  }

  async #end(): Promise<End> {
    const { containers, signal } = this.#around;
    const found = await containers.ended(this.id, signal);
    const end = await endOf(containers, found, this.groupId);
    if (this.orders.isFirst) await endGroup(containers, this.groupId);
    this.#exit = end;
    return end;
  }

  async #carry(opened: Sinks | undefined, found: Found): Promise<void> {
    const { containers, positionOf, signal } = this.#around;
    const sinks = opened ?? (await this.#reopen());
    if (Object.keys(sinks).length === 0) return;
    const position = positionOf(this.attempt, this.#since);
    await carryOutput(containers.docker, this.id, { found, sinks, position, signal });
  }

  async #reopen(): Promise<Sinks> {
    const { signal } = this.#around;
    for (;;) {
      try {
        return await openSinks(this.#around, this.orders.logging, this.attempt, this.#since);
      } catch {
        await sleep(REOPEN_MS, undefined, { signal, ref: false });
      }
    }
  }
}
