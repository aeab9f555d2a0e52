import type { ComposedContainer } from '../composition/plan/composed-container.ts';
import { defined } from '../defined.ts';
import { wordsOf } from '../engine-words.ts';
import type { Interrupt } from './asked.ts';
import type { Attempt } from './attempt.ts';
import { Claims } from './claims.ts';
import { type ControlPlane, PlanRefused, type ReportBody } from './control-plane.ts';
import type { Known } from './decision.ts';
import { deferred } from './deferred.ts';
import { ended } from './end-report.ts';
import { type Engine, type Execution, LaunchError, type Progress } from './engine.ts';
import type { HealthCheck } from './health.ts';
import { insistOnStop } from './insist-on-stop.ts';
import { RETRY_MS, type Wait, watchHealth } from './watch-health.ts';

export interface RunningAttemptOptions {
  readonly control: ControlPlane;
  readonly engine: Engine;
  readonly wait: Wait;
  readonly now: () => number;
  readonly onProgress?: (progress: Progress) => void;
  readonly onNote?: (note: string, attempt?: Attempt) => void;
  /** All attempts on the same executor, including this one. */
  readonly siblings: () => readonly RunningAttempt[];
}

const isIn = ({ tasks }: ComposedContainer, { taskId, attempt }: Attempt): boolean =>
  tasks.some((task) => task.id === taskId && task.attempt === attempt);

/** Settles once the signal is aborted. */
const aborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise((settle) => {
    if (signal.aborted) settle(undefined);
    else signal.addEventListener('abort', () => settle(undefined), { once: true });
  });

/** One attempt from its start to its last report. */
export class RunningAttempt implements Known {
  readonly attempt: Attempt;
  readonly #options: RunningAttemptOptions;
  /** Aborted when the attempt is to be stopped, or left as it is. */
  readonly #abort = new AbortController();
  /** Aborted when the attempt is to be left as it is. */
  readonly #left = new AbortController();
  /** Settles when it has started, or never will. */
  readonly started = deferred<void>();
  readonly #overseen = deferred<HealthCheck | undefined>();
  readonly #ended = deferred<void>();
  /** Whether the engine may have parts of it. */
  #isBegun = false;
  /** The reason why this process ended it, if it did: its exit code then means nothing. */
  #lost: string | undefined;
  #hasEnded = false;
  #since: string | undefined;
  #execution: Execution | undefined;
  #interrupts = 0;

  constructor(attempt: Attempt, since: string | undefined, options: RunningAttemptOptions) {
    this.attempt = attempt;
    this.#since = since;
    this.#options = options;
  }

  get since(): string | undefined {
    return this.#since;
  }

  get isStarted(): boolean {
    return this.#execution !== undefined;
  }

  get interrupts(): number {
    return Math.max(this.#interrupts, this.#execution?.interrupts ?? 0);
  }

  /**
   * Starts it, or continues with the execution that was found, and reports its states. Settles at its end, with
   * whether it is over; otherwise the caller tries again. Never rejects.
   */
  async run(found: Execution | 'lost' | undefined): Promise<boolean> {
    try {
      if (found === 'lost') {
        this.#isBegun = true;
        await this.#report(this.#failed('lost', 'the engine no longer has it'));
        return true;
      }
      const execution = found ?? (await this.#start());
      if (typeof execution === 'object') await this.#follow(execution);
      return execution !== 'again';
    } catch (error) {
      if (!this.#left.signal.aborted) this.#note(`went wrong: ${(error as Error).message}`);
      await this.#options.wait(RETRY_MS, this.#left.signal);
      return false;
    } finally {
      this.started.resolve();
      this.#ended.resolve();
    }
  }

  /** Sets its composition and health check; only the first call counts. */
  belong(since: string | undefined, healthCheck: HealthCheck | undefined): void {
    this.#since ??= since;
    this.#overseen.resolve(healthCheck);
  }

  /** Stops it, or gives up its start. */
  async stop(): Promise<void> {
    if (this.#abort.signal.aborted) return;
    this.#note('is to stop');
    this.#abort.abort();
    if (this.#execution) await this.#halt();
  }

  /**
   * Ends it, since it may not run here any more, and reports it as lost, with these words. Settles when it has
   * ended, which may be long before the service accepts the report.
   */
  async end(words: string, mostSeconds?: number): Promise<void> {
    if (!this.#hasEnded) this.#lost ??= words;
    this.#abort.abort();
    if (!this.#isBegun) return;
    await this.started.promise;
    if (this.#execution) await this.#halt(mostSeconds);
  }

  /** Settles when everything that it began has ended and is reported. */
  get over(): Promise<void> {
    return this.#isBegun ? this.#ended.promise : Promise.resolve();
  }

  /** Sends it a signal that it did not get yet; it has to have started. */
  async interrupt({ signal, count }: Interrupt): Promise<void> {
    this.#interrupts = count;
    this.#note(`is sent ${signal}`);
    const sent = this.#options.engine.signal(this.attempt, signal, count);
    await sent.catch((error) => this.#note((error as Error).message));
  }

  /** Leaves it as it is: it runs on. Settles when this process does nothing with it any more. */
  leave(): Promise<void> {
    this.#left.abort();
    this.#abort.abort();
    return this.#ended.promise;
  }

  async #start(): Promise<Execution | 'over' | 'again'> {
    const { control, engine, siblings, onProgress, wait } = this.#options;
    try {
      const container = await control.container(this.attempt.executorId);
      const main = siblings().find(({ attempt }) => attempt.taskId === container.tasks[0]?.id);
      // The composition has changed, which the next look sees. The first task waits until attempts that are no
      // longer asked for are over.
      const isOutdated =
        !isIn(container, this.attempt) ||
        (main === this && siblings().some(({ attempt }) => !isIn(container, attempt)));
      if (isOutdated) {
        await wait(RETRY_MS, this.#left.signal);
        return 'again';
      }
      if (main !== undefined && main !== this)
        await Promise.race([main.started.promise, aborted(this.#abort.signal)]);
      const claims = new Claims(container, this.attempt, this.#options);
      const claimed = await claims.made();
      if (this.#lost !== undefined) return 'again';
      this.#note('is being started');
      this.#isBegun = true;
      const { signal: abort } = this.#abort;
      const claim = { claimed, claim: () => claims.make(abort) };
      const of = defined({ since: this.#since ?? '', abort, onProgress });
      return await engine.start(this.attempt, container, { ...of, ...claim });
    } catch (error) {
      if (this.#abort.signal.aborted) return this.#lost === undefined ? 'over' : 'again';
      if (!(error instanceof LaunchError || error instanceof PlanRefused)) throw error;
      await this.#report(this.#failed('launchError', error.message));
      return 'over';
    }
  }

  async #follow(execution: Execution): Promise<void> {
    const { engine } = this.#options;
    const left = this.#left.signal;
    this.#execution = execution;
    this.#isBegun = true;
    this.started.resolve();
    const { startedAt, output } = execution;
    const isTaken = await this.#report({ state: 'running', at: startedAt, output });
    if (left.aborted) return;
    if (isTaken) this.#note('runs');
    // It was asked to stop during its start, or the composition does not contain it any more.
    if (!isTaken || this.#abort.signal.aborted) await this.#halt();
    const health = this.#guardHealth(execution);
    const end = await Promise.race([execution.ended, aborted(left)]);
    if (!end) return;
    this.#hasEnded = true;
    this.#abort.abort();
    const isUnhealthy = await health;
    const told = this.#lost === undefined ? end : { lost: this.#lost, at: end.at };
    if ('lost' in told) this.#note(`is lost: ${told.lost}`);
    else this.#note(`ended with ${'exitCode' in told ? told.exitCode : told.exitSignal}`);
    if (isTaken) await this.#report({ ...ended(told, isUnhealthy), output });
    if (!left.aborted) await engine.forget(this.attempt);
  }

  /** True after it was stopped for bad health, false after it was not. */
  async #guardHealth(execution: Execution): Promise<boolean> {
    const { engine, wait, now } = this.#options;
    const abort = this.#abort.signal;
    const healthCheck = await Promise.race([this.#overseen.promise, aborted(abort)]);
    if (!healthCheck || !(await watchHealth(engine, execution, healthCheck, { wait, now, abort })))
      return false;
    this.#note('is not healthy, and is to stop');
    await this.#halt();
    return true;
  }

  #halt(mostSeconds?: number): Promise<void> {
    const { engine, wait } = this.#options;
    const onNote = (note: string): void => this.#note(note);
    return insistOnStop(this.attempt, { engine, wait, onNote, signal: this.#left.signal }, mostSeconds);
  }

  /** Reports until the service answers; false if the service refuses the report. */
  async #report(report: ReportBody): Promise<boolean> {
    const { control, wait } = this.#options;
    while (!this.#left.signal.aborted) {
      try {
        return await control.report(this.attempt, { ...report, ...defined({ since: this.#since }) });
      } catch (error) {
        this.#note(`is not reported yet: ${(error as Error).message}`);
        await wait(RETRY_MS, this.#left.signal);
      }
    }
    return false;
  }

  #failed(how: 'launchError' | 'lost', words: string): ReportBody {
    this.#note(`${how === 'lost' ? 'is lost' : 'failed'}: ${words}`);
    this.started.resolve();
    return { state: 'failed', [how]: wordsOf(words), at: new Date(this.#options.now()).toISOString() };
  }

  #note(note: string): void {
    this.#options.onNote?.(note, this.attempt);
  }
}
