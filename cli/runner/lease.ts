import { setTimeout as sleep } from 'node:timers/promises';
import { isCode } from '../../client/problem-error.ts';
import type { RunnerClaim, RunnerGrant, RunnerLease } from '../../client/runners.ts';
import type { Taskport } from '../../client/taskport.ts';
import { defined } from '../../lib/defined.ts';
import { type Deferred, deferred } from '../../lib/execution/deferred.ts';
import { firstAborted } from '../../lib/first-aborted.ts';
import { UsageError } from '../usage-error.ts';

export interface LeaseOptions {
  readonly taskport: Taskport;
  readonly location: string;
  /** The engine and the process that claim the lease. */
  readonly engine: string;
  readonly runner: string;
  /** Seconds without a call of another engine after which this runner takes over; never if undefined. */
  readonly takeoverAfter?: number;
  readonly onNote: (note: string) => void;
  readonly signal: AbortSignal;
  /** Milliseconds of a clock that only moves forward. */
  readonly clock: () => number;
}

/** The end of a tenure: no answer came in time; another engine has the lease; another runner of this engine has it. */
export type Ended = 'unanswered' | 'elsewhere' | 'adopted';

/** The parts of the service's term: a runner's clock may run at half the speed of the service's. */
const TERM = 0.4;
const INTERVAL = 0.1;
/** The share of the term that tasks have to end after it is over. */
const GRACE = 0.05;
/** How soon to repeat a call without an answer, and how long to wait for an answer. */
export const RETRY_MS = 1_000;
export const CALL_MS = 10_000;

/** Errors that waiting does not change. */
export const isFinal = (error: unknown): boolean =>
  error instanceof UsageError ||
  isCode(error, 'permission-denied', 'unknown-location', 'invalid-request', 'unauthenticated');

/** The lease of a location, for the runner that claims and renews it (ADR 43). */
export class Lease {
  readonly #options: LeaseOptions;
  #epoch = 0;
  #silenceMs = 0;
  /** When the tasks have to end, by the clock of this process, unless the service answers a renewal. */
  #validUntil = 0;
  #isSettled = false;
  #isLeaving = false;
  /** Settles once the runner may start tasks. */
  #open: Deferred<void> = deferred();
  #mayStart = true;
  #doubt: Deferred<void> = deferred();

  constructor(options: LeaseOptions) {
    this.#options = options;
  }

  /** Seconds for tasks to end after the term is over. */
  get graceSeconds(): number {
    return (this.#silenceMs * GRACE) / 1_000;
  }

  /** Waits until the runner holds the lease, and answers its epoch. Throws if the lease has ended, and the signal's reason. */
  async epoch(): Promise<number> {
    await this.#untilOpen();
    if (this.#options.clock() >= this.#validUntil) throw new Error('the lease of the location has expired');
    return this.#epoch;
  }

  /** Waits until the runner may start tasks. Throws as `epoch`. */
  async start(): Promise<void> {
    while (!this.#mayStart) await this.#pause(RETRY_MS);
    await this.epoch();
  }

  /** Stops the start of tasks. */
  stopStarting(): void {
    this.#mayStart = false;
  }

  /** Checks the lease at once, after a call was refused because another runner has it. */
  doubt(): void {
    this.#doubt.resolve();
  }

  /** The tasks of the previous engine are settled, or there were none. */
  open(isSettled: boolean): void {
    this.#isSettled = isSettled;
    if (isSettled) this.doubt();
    this.#open.resolve();
  }

  /**
   * Claims the lease as soon as possible, however long that takes; calls `onElsewhere` while another engine has it. Throws errors that
   * waiting does not change, and the signal's reason.
   */
  async claim(onElsewhere: () => Promise<void>): Promise<RunnerGrant> {
    const { taskport, location, clock, signal, onNote } = this.#options;
    let told = '';
    const tell = (note: string): void => {
      if (note !== told) onNote(note);
      told = note;
    };
    for (;;) {
      try {
        const lease = await taskport.runners.read(location, this.#within(CALL_MS));
        this.#silenceMs = lease.silenceSeconds * 1_000;
        const claim = this.#claimOf(lease);
        if (claim) {
          const sentAt = clock();
          const grant = await taskport.runners.claim(location, claim, this.#within(CALL_MS));
          this.#epoch = grant.epoch;
          this.#silenceMs = grant.silenceSeconds * 1_000;
          this.#validUntil = sentAt + this.#silenceMs * TERM;
          if (clock() < this.#validUntil) return grant;
          continue;
        }
        tell(`waits: ${this.#holderOf(lease)} has the tasks of ${location}`);
        await onElsewhere();
        await this.#pause(this.#silenceMs * INTERVAL);
      } catch (error) {
        signal.throwIfAborted();
        if (isCode(error, 'unknown-route'))
          throw new UsageError(
            'the service is of a version that knows no leases of runners: upgrade it first',
          );
        if (isFinal(error)) throw error;
        if (!isCode(error, 'stale-runner')) tell(`cannot claim ${location} yet: ${(error as Error).message}`);
        await this.#pause(RETRY_MS);
      }
    }
  }

  /** Renews the lease until this runner loses it, and answers why. Throws the signal's reason. */
  async keep(): Promise<Ended> {
    const { taskport, location, engine, clock, signal } = this.#options;
    for (let wait = this.#silenceMs * INTERVAL; ; ) {
      await this.#pause(Math.min(wait, this.#validUntil - clock()));
      const sentAt = clock();
      const left = Math.ceil(this.#validUntil - sentAt);
      if (left <= 0) return this.#over('unanswered');
      const settled = this.#isSettled || undefined;
      try {
        const most = Math.min(left, Math.max(RETRY_MS, this.#silenceMs * INTERVAL));
        const renewal = defined({ epoch: this.#epoch, settled });
        await taskport.runners.renew(location, renewal, this.#within(most));
        this.#validUntil = sentAt + this.#silenceMs * TERM;
        this.#isSettled = false;
        wait = this.#silenceMs * INTERVAL;
      } catch (error) {
        signal.throwIfAborted();
        if (isCode(error, 'stale-runner'))
          return this.#over(error.problem.engine === engine ? 'adopted' : 'elsewhere');
        wait = Math.min(RETRY_MS, this.#silenceMs * (INTERVAL / 4));
      }
      if (clock() >= this.#validUntil) return this.#over('unanswered');
    }
  }

  /** Gives the lease back after all tasks have ended. Answers false, after a while, if another runner of this engine that had it before may live. */
  async giveBack(): Promise<boolean> {
    const { taskport, location, signal, onNote } = this.#options;
    for (;;) {
      try {
        await taskport.runners.leave(location, { epoch: this.#epoch }, this.#within(CALL_MS));
        return true;
      } catch (error) {
        signal.throwIfAborted();
        if (isCode(error, 'stale-runner') || isFinal(error)) return true;
        if (!this.#isLeaving) onNote(`cannot leave yet: ${(error as Error).message}`);
        this.#isLeaving = true;
        await this.#pause(RETRY_MS);
        if (isCode(error, 'invalid-state')) return false;
      }
    }
  }

  /** Tells the service that this runner ends and its tasks run on, so that another runner of this engine need not wait. Never rejects. */
  async interrupt(): Promise<void> {
    const { taskport, location } = this.#options;
    const signal = AbortSignal.timeout(RETRY_MS);
    if (this.#epoch > 0)
      await taskport.runners.leave(location, { epoch: this.#epoch, keep: true }, { signal }).catch(() => {});
  }

  #over(ended: Ended): Ended {
    this.#validUntil = 0;
    this.#open = deferred();
    return ended;
  }

  /** The claim in a lease that was read; undefined for one that this runner cannot have. */
  #claimOf(lease: RunnerLease): RunnerClaim | undefined {
    const { engine, runner, takeoverAfter } = this.#options;
    const { epoch, heardAt, silentSeconds = 0, silenceSeconds } = lease;
    const claim = { engine, runner, epoch };
    if (lease.state === 'engine' || lease.state === 'no-engine')
      throw new UsageError(
        `the tasks of ${lease.location} run on the engine ${lease.engine} of the deployment, and not by a runner`,
      );
    if (lease.engine === undefined || lease.engine === engine) return claim;
    if (takeoverAfter === undefined || heardAt === undefined) return undefined;
    if (takeoverAfter < silenceSeconds)
      throw new UsageError(`--takeover-after has to be at least ${silenceSeconds}s here`);
    return silentSeconds < takeoverAfter
      ? undefined
      : { ...claim, takeover: { afterSeconds: takeoverAfter, heardAt } };
  }

  /** A signal that ends a call after this time. */
  #within(ms: number): { readonly signal: AbortSignal } {
    return { signal: firstAborted(this.#options.signal, AbortSignal.timeout(ms)) };
  }

  #holderOf({ engine, runner, heardAt }: RunnerLease): string {
    return `${runner ?? 'a runner that was interrupted'} on the engine ${engine}, last heard at ${heardAt},`;
  }

  /** Waits for this time, or until the runner checks the lease. */
  async #pause(ms: number): Promise<void> {
    const { signal } = this.#options;
    const woken = new AbortController();
    const slept = sleep(Math.max(0, ms), undefined, { signal: firstAborted(signal, woken.signal) });
    await Promise.race([slept.catch(() => {}), this.#doubt.promise]);
    woken.abort();
    this.#doubt = deferred();
    signal.throwIfAborted();
  }

  async #untilOpen(): Promise<void> {
    const { signal } = this.#options;
    const aborted = deferred<void>();
    const onAbort = (): void => aborted.resolve();
    signal.throwIfAborted();
    signal.addEventListener('abort', onAbort, { once: true });
    await Promise.race([this.#open.promise, aborted.promise]);
    signal.removeEventListener('abort', onAbort);
    signal.throwIfAborted();
  }
}
