import { defined } from '../defined.ts';
import { type AskedExecutor, askedBy } from './asked.ts';
import type { Attempt, Output } from './attempt.ts';
import type { ControlPlane, ReportBody } from './control-plane.ts';
import { wordsOf } from './end-report.ts';
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

/** What a dispatcher asks of the service. */
export interface DispatcherControl extends Pick<ControlPlane, 'composition' | 'container' | 'report'> {
  /** Executors whose tasks are bound, and of which nobody has said that they run: an event may be lost. */
  waiting(): Promise<readonly string[]>;
  /** Has output be read where the engine writes it. Answers how reports name it; nothing where nobody asks for the attempt. */
  outputAt(attempt: Attempt, since: string, output: EngineOutput): Promise<Output | undefined>;
}

/** What is told the service of launches. It refuses what is said of an attempt that is over, or that was never asked for. */
export class LaunchReports {
  readonly #control: DispatcherControl;
  readonly #launcher: Pick<Launcher, 'outputOf'>;
  readonly #now: () => number;

  constructor(control: DispatcherControl, launcher: Pick<Launcher, 'outputOf'>, now: () => number) {
    this.#control = control;
    this.#launcher = launcher;
    this.#now = now;
  }

  /** What attempts wait for that have not started. */
  async waits(launch: Pick<Launch, 'since'>, attempts: readonly Attempt[], waitsFor: string): Promise<void> {
    for (const attempt of attempts)
      await this.#report(attempt, launch.since, {
        state: 'bound',
        waitsFor: wordsOf(waitsFor),
        at: this.#time(),
      });
  }

  /** What all that is to run of an executor, and has not started, waits for. */
  async allWait(executorId: string, waitsFor: string): Promise<void> {
    const composition = await this.#control.composition(executorId);
    const asked = composition && askedBy(composition);
    const waiting = asked?.tasks.flatMap(({ attempt, isToRun, isLost }) =>
      isToRun && !isLost ? [attempt] : [],
    );
    if (asked && waiting) await this.waits(asked, waiting, waitsFor);
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
      // What was stopped before it ran has come to nothing, unless somebody else stopped it.
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

  /** Where it is, of an attempt of which the service does not know that yet. */
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
