import { setTimeout as sleep } from 'node:timers/promises';
import { ProblemError } from '../../client/problem-error.ts';
import type { RunnerClaim, RunnerGrant, RunnerLease } from '../../client/runners.ts';
import type { Taskport } from '../../client/taskport.ts';
import { defined } from '../../lib/defined.ts';
import { type Deferred, deferred } from '../../lib/execution/deferred.ts';
import { UsageError } from '../usage-error.ts';

export interface LeaseOptions {
  readonly taskport: Taskport;
  readonly location: string;
  /** The engine that asks, and the process. */
  readonly engine: string;
  readonly runner: string;
  /** Seconds after which it takes over from another engine that was not heard; never where it says nothing. */
  readonly takeoverAfter?: number;
  readonly onNote: (note: string) => void;
  readonly signal: AbortSignal;
  /** Milliseconds that only ever grow, whatever is done to the clock. */
  readonly clock: () => number;
}

/** What ended a tenure: nothing was answered in time; the lease is no more this engine's; another runner of this engine has it. */
export type Ended = 'unanswered' | 'elsewhere' | 'adopted';

/** Parts of the silence that the service waits for: a runner's clock may run at half the speed of the service's. */
const TERM = 0.4;
const INTERVAL = 0.1;
/** What is left to tasks to end in once the term is over. */
const GRACE = 0.05;
/** How soon something is tried again that was not answered, and how long an answer may take. */
const RETRY_MS = 1_000;
const CALL_MS = 10_000;

const codeOf = (error: unknown): string | undefined =>
  error instanceof ProblemError ? error.code : undefined;

/** What no waiting changes. */
const isFinal = (error: unknown): boolean =>
  error instanceof UsageError ||
  ['permission-denied', 'unknown-location', 'invalid-request', 'unauthenticated'].includes(
    codeOf(error) ?? '',
  );

/** The lease of a location, as the runner has it that claims and renews it (ADR 43). */
export class Lease {
  readonly #options: LeaseOptions;
  #epoch = 0;
  #silenceMs = 0;
  /** When the tasks have to end, by the clock of this process, unless a renewal is answered. */
  #validUntil = 0;
  #isSettled = false;
  #isLeaving = false;
  /** Settles once tasks may be run. */
  #open: Deferred<void> = deferred();
  #mayStart = true;
  #doubt: Deferred<void> = deferred();

  constructor(options: LeaseOptions) {
    this.#options = options;
  }

  /** Seconds in which tasks have to end once the term is over. */
  get graceSeconds(): number {
    return (this.#silenceMs * GRACE) / 1_000;
  }

  /** Waits until the lease is held, and answers its epoch. Throws where it is over, and the signal's reason. */
  async epoch(): Promise<number> {
    await this.#untilOpen();
    if (this.#options.clock() >= this.#validUntil) throw new Error('the lease of the location is over');
    return this.#epoch;
  }

  /** Waits until tasks may be started. Throws as `epoch`. */
  async start(): Promise<void> {
    while (!this.#mayStart) await this.#pause(RETRY_MS);
    await this.epoch();
  }

  /** Starts no task any more. */
  stopStarting(): void {
    this.#mayStart = false;
  }

  /** Has the lease asked for at once: somebody was told that it is another's. */
  doubt(): void {
    this.#doubt.resolve();
  }

  /** What another engine had is settled, or there was nothing. */
  open(isSettled: boolean): void {
    this.#isSettled = isSettled;
    if (isSettled) this.doubt();
    this.#open.resolve();
  }

  /**
   * Claims the lease as soon as it may be had, however long that takes; `onElsewhere` is called while another engine has it. Throws what no
   * waiting changes, and the signal's reason.
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
        if (codeOf(error) === 'unknown-route')
          throw new UsageError(
            'the service is of a version that knows no leases of runners: upgrade it first',
          );
        if (isFinal(error)) throw error;
        if (codeOf(error) !== 'stale-runner')
          tell(`cannot claim ${location} yet: ${(error as Error).message}`);
        await this.#pause(RETRY_MS);
      }
    }
  }

  /** Renews the lease for as long as it is this runner's, and answers what ended it. Throws the signal's reason. */
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
        if (codeOf(error) === 'stale-runner')
          return this.#over((error as ProblemError).problem.engine === engine ? 'adopted' : 'elsewhere');
        wait = Math.min(RETRY_MS, this.#silenceMs * (INTERVAL / 4));
      }
      if (clock() >= this.#validUntil) return this.#over('unanswered');
    }
  }

  /** Gives the lease back: tasks have ended. False, after a while, where another runner of the engine may live that had it before. */
  async giveBack(): Promise<boolean> {
    const { taskport, location, signal, onNote } = this.#options;
    for (;;) {
      try {
        await taskport.runners.leave(location, { epoch: this.#epoch }, this.#within(CALL_MS));
        return true;
      } catch (error) {
        signal.throwIfAborted();
        if (codeOf(error) === 'stale-runner' || isFinal(error)) return true;
        if (!this.#isLeaving) onNote(`cannot leave yet: ${(error as Error).message}`);
        this.#isLeaving = true;
        await this.#pause(RETRY_MS);
        if (codeOf(error) === 'invalid-state') return false;
      }
    }
  }

  /** Says that this runner ends and its tasks run on: another of its engine need not wait for it. Never rejects. */
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

  /** The claim of a lease as it was read; undefined for one that this runner cannot have. */
  #claimOf(lease: RunnerLease): RunnerClaim | undefined {
    const { engine, runner, takeoverAfter } = this.#options;
    const { epoch, heardAt, silentSeconds = 0, silenceSeconds } = lease;
    const claim = { engine, runner, epoch };
    if (lease.state === 'engine' || lease.state === 'no-engine')
      throw new UsageError(
        `the tasks of ${lease.location} run on the engine ${lease.engine} of the deployment, and by no runner`,
      );
    if (lease.engine === undefined || lease.engine === engine) return claim;
    if (takeoverAfter === undefined || heardAt === undefined) return undefined;
    if (takeoverAfter < silenceSeconds)
      throw new UsageError(`--takeover-after has to be at least ${silenceSeconds}s here`);
    return silentSeconds < takeoverAfter
      ? undefined
      : { ...claim, takeover: { afterSeconds: takeoverAfter, heardAt } };
  }

  /** For a call that nobody waits for any longer than that. */
  #within(ms: number): { readonly signal: AbortSignal } {
    return { signal: AbortSignal.any([this.#options.signal, AbortSignal.timeout(ms)]) };
  }

  #holderOf({ engine, runner, heardAt }: RunnerLease): string {
    return `${runner ?? 'a runner that was interrupted'} on the engine ${engine}, last heard at ${heardAt},`;
  }

  /** Waits so long, or until somebody doubts that the lease is held. */
  async #pause(ms: number): Promise<void> {
    const { signal } = this.#options;
    const woken = new AbortController();
    const slept = sleep(Math.max(0, ms), undefined, { signal: AbortSignal.any([signal, woken.signal]) });
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
