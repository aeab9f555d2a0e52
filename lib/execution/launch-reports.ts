import { defined } from '../defined.ts';
import { wordsOf } from '../engine-words.ts';
import { type AskedExecutor, askedBy } from './asked.ts';
import type { Attempt, Output } from './attempt.ts';
import type { ControlPlane, ReportBody } from './control-plane.ts';
import {
  askedOf,
  attemptOf,
  type EngineOutput,
  isAskedFor,
  type Launch,
  type LaunchEnd,
  type LaunchedTask,
} from './launch.ts';
import type { Launcher } from './launcher.ts';

/** The calls of a dispatcher to the service. */
export interface DispatcherControl extends Pick<ControlPlane, 'composition' | 'container' | 'report'> {
  /** Executors with bound tasks that no report describes as running, since an event may get lost. */
  waiting(): Promise<readonly string[]>;
  /**
   * Makes readers of output read the engine's log. Answers the URIs for reports; nothing if the composition does
   * not ask for the attempt.
   */
  outputAt(attempt: Attempt, since: string, output: EngineOutput): Promise<Output | undefined>;
}

/** Reports on launches to the service. The service refuses reports on attempts that are over, or were never bound. */
export class LaunchReports {
  readonly #control: DispatcherControl;
  readonly #launcher: Pick<Launcher, 'outputOf'>;
  readonly #now: () => number;

  constructor(control: DispatcherControl, launcher: Pick<Launcher, 'outputOf'>, now: () => number) {
    this.#control = control;
    this.#launcher = launcher;
    this.#now = now;
  }

  /** Reports what the attempts that have not started wait for. */
  async waits(launch: Pick<Launch, 'since'>, attempts: readonly Attempt[], waitsFor: string): Promise<void> {
    for (const attempt of attempts)
      await this.#report(attempt, launch.since, {
        state: 'bound',
        waitsFor: wordsOf(waitsFor),
        at: this.#time(),
      });
  }

  /**
   * Reports for all tasks of an executor that are to run and have not started what they wait for. It does not fail: it
   * would hide the error for which they wait, and the next look reports again.
   */
  async allWait(executorId: string, waitsFor: string): Promise<void> {
    try {
      const composition = await this.#control.composition(executorId);
      const asked = composition && askedBy(composition);
      const waiting = asked?.tasks.flatMap(({ attempt, isToRun, isLost }) =>
        isToRun && !isLost ? [attempt] : [],
      );
      if (asked && waiting) await this.waits(asked, waiting, waitsFor);
    } catch {}
  }

  async runs(
    launch: Launch,
    task: LaunchedTask,
    at: string,
    asked: AskedExecutor | undefined,
  ): Promise<void> {
    if (askedOf(asked, launch, task)?.isLost) return;
    const output = await this.#output(launch, task, asked);
    await this.#report(attemptOf(launch, task), launch.since, { state: 'running', at, ...output });
  }

  async ended(
    launch: Launch,
    task: LaunchedTask,
    end: LaunchEnd,
    asked: AskedExecutor | undefined,
  ): Promise<void> {
    const attempt = attemptOf(launch, task);
    if ('launchError' in end)
      return this.failed(attempt, launch.since, 'launchError', end.launchError, end.at);
    if ('neverRan' in end) {
      // A task that was stopped before it ran has failed to start, unless the composition itself stopped it.
      if (isAskedFor(asked, launch, task))
        await this.failed(attempt, launch.since, 'lost', end.neverRan, end.at);
      return;
    }
    const { at = this.#time(), ...told } = end;
    const output = await this.#output(launch, task, asked);
    const report: ReportBody =
      'lost' in told
        ? { state: 'failed', lost: wordsOf(told.lost), at, ...output }
        : { state: 'exited', ...told, at, ...output };
    await this.#report(attempt, launch.since, report);
  }

  async failed(
    attempt: Attempt,
    since: string,
    how: 'launchError' | 'lost',
    words: string,
    at = this.#time(),
  ): Promise<void> {
    await this.#report(attempt, since, { state: 'failed', [how]: wordsOf(words), at });
  }

  /** The place of the output of an attempt that the service does not know yet. */
  async #output(launch: Launch, task: LaunchedTask, asked: AskedExecutor | undefined) {
    const { engineTask, since } = launch;
    if (engineTask === undefined || askedOf(asked, launch, task)?.isLost) return {};
    const place = this.#launcher.outputOf(engineTask, task);
    return defined({
      output: place && (await this.#control.outputAt(attemptOf(launch, task), since, place)),
    });
  }

  async #report(attempt: Attempt, since: string, report: ReportBody): Promise<void> {
    await this.#control.report(attempt, { ...report, since });
  }

  #time(): string {
    return new Date(this.#now()).toISOString();
  }
}
