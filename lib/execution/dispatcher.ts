import { defined } from '../defined.ts';
import { inParallel } from '../in-parallel.ts';
import { type AskedExecutor, askedBy } from './asked.ts';
import { PlanRefused } from './control-plane.ts';
import { LaunchError } from './engine.ts';
import { ageOf, attemptOf, isAskedFor, type Launch, notLaunched, UNHEALTHY } from './launch.ts';
import { type DispatcherControl, LaunchReports } from './launch-reports.ts';
import type { KeptLaunch, LaunchStore } from './launch-store.ts';
import { EngineBusy, type Launcher } from './launcher.ts';

export interface DispatcherOptions {
  readonly control: DispatcherControl;
  readonly launcher: Launcher;
  readonly launches: LaunchStore;
  readonly now: () => number;
  /** Makes a unique token. */
  readonly newToken: () => string;
}

/** The most steps of one look; then the next event or the reconciliation continues. */
const MOST_STEPS = 8;

/** The executors that a reconciliation looks at together: ECS accepts some tens of calls a second. */
const AT_ONCE = 20;

/** A start within this time needs no explanation in reports. */
const STARTING_MS = 10_000;

const LATE =
  'is bound beside tasks that run: all tasks of an executor on this engine start together, so unbind them, and bind all at once';

/**
 * Makes an engine of the deployment run the tasks of compositions (ADR 51). Callers name only the executor to
 * look at: its actions follow from the composition, the row of the last launch, and the state that the engine
 * reports. Each step is one of `test/model/ecs-launch.ts`.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #reports: LaunchReports;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#reports = new LaunchReports(options.control, options.launcher, options.now);
  }

  /** Does what is due for one executor. Answers its actions, in order. */
  async look(executorId: string): Promise<string[]> {
    const done: string[] = [];
    for (let step = 0; step < MOST_STEPS; step += 1) {
      try {
        const next = await this.#step(executorId);
        if (next === undefined) break;
        done.push(next);
      } catch (error) {
        if (error instanceof EngineBusy)
          await this.#reports.allWait(
            executorId,
            `the engine, which takes no more requests now (${error.message})`,
          );
        if (!(error instanceof Refused)) throw error;
        await this.#reports.allWait(executorId, `capacity (${error.message})`);
        return [...done, `no room: ${error.message}`];
      }
    }
    return done;
  }

  /** Looks at all executors with an open launch or waiting for one; an error with one does not affect the others. */
  async reconcile(): Promise<readonly { readonly executorId: string; readonly error?: Error }[]> {
    const { launches, control } = this.#options;
    const left = [...new Set((await Promise.all([launches.open(), control.waiting()])).flat())];
    const looked: { readonly executorId: string; readonly error?: Error }[] = [];
    await inParallel(left, AT_ONCE, undefined, async (executorId) => {
      const error = await this.look(executorId).then(
        () => undefined,
        (thrown: Error) => thrown,
      );
      looked.push({ executorId, ...defined({ error }) });
    });
    return looked;
  }

  async #step(executorId: string): Promise<string | undefined> {
    const { launches, control } = this.#options;
    // The row is read first: each write requires that it is unchanged, and the composition is at least as new.
    const kept = await launches.get(executorId);
    const composition = await control.composition(executorId);
    const asked = composition && askedBy(composition);
    if (!kept || kept.launch.isOver) return this.#begin(executorId, kept, asked);
    const { launch } = kept;
    if (launch.failed) return this.#fail(kept, launch.failed);
    if (launch.engineTask !== undefined) return this.#follow(kept, launch.engineTask, asked);
    return this.#learn(kept, asked);
  }

  async #begin(
    executorId: string,
    former: KeptLaunch | undefined,
    asked: AskedExecutor | undefined,
  ): Promise<string | undefined> {
    const { control, launcher, launches, now, newToken } = this.#options;
    if (!asked) return former && this.#forget(former);
    const wanted = notLaunched(asked, former?.launch);
    if (wanted.length === 0) return undefined;
    const isWanted = ({ id, attempt }: { id: string; attempt: number }): boolean =>
      wanted.some((one) => one.taskId === id && one.attempt === attempt);
    try {
      const container = await control.container(executorId);
      const tasks = container.tasks.filter(isWanted);
      // The composition has changed meanwhile.
      if (tasks.length < wanted.length) return 'changed';
      const prepared = await launcher.prepare({ ...container, tasks });
      const at = new Date(now()).toISOString();
      const last = former?.launch.definition;
      const launch: Launch = {
        ...prepared,
        ...defined({ replaces: last === prepared.definition ? undefined : last }),
        executorId,
        since: asked.since,
        token: newToken(),
        askedAt: at,
        firstAskedAt: at,
      };
      const kept = await launches.put(launch, former);
      if (kept) return await this.#ask(kept, true);
      await this.#giveUp(executorId, prepared.definition);
      return 'overtaken';
    } catch (error) {
      if (!(error instanceof PlanRefused || error instanceof LaunchError)) throw error;
      for (const attempt of wanted)
        await this.#reports.failed(attempt, asked.since, 'launchError', error.message);
      return 'refused';
    }
  }

  /** Gives up a definition after another function was faster; both may have prepared the same one. */
  async #giveUp(executorId: string, definition: string): Promise<void> {
    const { launcher, launches } = this.#options;
    const { launch } = (await launches.get(executorId)) ?? {};
    if (![launch?.definition, launch?.replaces].includes(definition)) await launcher.forget(definition);
  }

  /** Gives up the definition of an executor that has no composition any more. */
  async #forget(kept: KeptLaunch): Promise<string | undefined> {
    const { launcher, launches } = this.#options;
    const { launch } = kept;
    if (launch.isForgotten) return undefined;
    await launcher.forget(launch.definition);
    await launches.put({ ...launch, isForgotten: true }, kept);
    return 'forgotten';
  }

  /** `isCertain`: the engine runs no task of the launch, unless this request starts one. */
  async #ask(kept: KeptLaunch, isCertain: boolean): Promise<string> {
    const { launcher, launches, newToken, now } = this.#options;
    const { launch } = kept;
    const answer = await launcher.run(launch);
    if ('engineTask' in answer) {
      await launches.put({ ...launch, engineTask: answer.engineTask }, kept);
      return 'launched';
    }
    if ('unprepared' in answer) {
      if (!isCertain) throw new Error(answer.unprepared);
      // The launch started nothing, so that the next step prepares all of it again.
      await this.#end({ ...kept, launch: { ...launch, tasks: [] } });
      return 'unprepared';
    }
    if ('failed' in answer) {
      if (!isCertain) throw new Error(answer.failed);
      const failed = { how: 'launchError', words: answer.failed } as const;
      await launches.put({ ...launch, failed }, kept);
      return 'failed';
    }
    const at = new Date(now()).toISOString();
    await launches.put({ ...launch, token: newToken(), askedAt: at, firstAskedAt: at }, kept);
    // The next event or the reconciliation tries again.
    throw new Refused(answer.refused);
  }

  /** Finds out the result of a request whose answer got lost. */
  async #learn(kept: KeptLaunch, asked: AskedExecutor | undefined): Promise<string | undefined> {
    const { launcher, launches, now } = this.#options;
    const { launch } = kept;
    const engineTask = await launcher.find(launch.token);
    if (engineTask !== undefined) {
      await launches.put({ ...launch, engineTask }, kept);
      return 'found';
    }
    const age = ageOf(launch, now());
    const isAsked = launch.tasks.every((task) => isAskedFor(asked, launch, task));
    if (isAsked && age !== 'expired') {
      const askedAt = new Date(now()).toISOString();
      const again = await launches.put({ ...launch, askedAt }, kept);
      return again ? this.#ask(again, age === 'settled') : 'overtaken';
    }
    if (age === 'fresh') return undefined;
    const words = 'the engine did not answer the request to start the task, and has no task of that request';
    await launches.put({ ...launch, failed: { how: 'lost', words } }, kept);
    return 'lost';
  }

  async #follow(
    kept: KeptLaunch,
    engineTask: string,
    asked: AskedExecutor | undefined,
  ): Promise<string | undefined> {
    const { launcher } = this.#options;
    const { launch } = kept;
    const { isThere, tasks: seen } = await launcher.look(engineTask, launch.tasks);
    let isAllOver = true;
    let toStop: string | undefined;
    for (const task of launch.tasks) {
      const one = seen.get(task.container);
      if (!isThere || one?.state === 'ended') {
        const end =
          one?.state === 'ended' ? one.end : { lost: 'the engine no longer has a record of the task' };
        await this.#reports.ended(launch, task, end, asked);
        continue;
      }
      isAllOver = false;
      if (!isAskedFor(asked, launch, task)) toStop ??= 'the composition no longer asks for this attempt';
      else if (one?.state === 'running') {
        await this.#reports.runs(launch, task, one.at, asked);
        if (one.isUnhealthy) toStop = UNHEALTHY;
      } else if (
        one?.state === 'pending' &&
        this.#options.now() - Date.parse(launch.firstAskedAt) >= STARTING_MS
      )
        await this.#reports.waits(launch, [attemptOf(launch, task)], one.waitsFor);
    }
    if (isAllOver) return this.#end(kept);
    if (toStop !== undefined) await launcher.stop(engineTask, toStop);
    else
      for (const attempt of notLaunched(asked, launch))
        await this.#reports.failed(attempt, launch.since, 'launchError', LATE);
    return undefined;
  }

  async #fail(kept: KeptLaunch, { how, words }: NonNullable<Launch['failed']>): Promise<string> {
    const { launch } = kept;
    for (const task of launch.tasks)
      await this.#reports.failed(attemptOf(launch, task), launch.since, how, words);
    return this.#end(kept);
  }

  async #end(kept: KeptLaunch): Promise<string> {
    const { launcher, launches } = this.#options;
    const { replaces, ...launch } = kept.launch;
    if (replaces !== undefined) await launcher.forget(replaces);
    await launches.put({ ...launch, isOver: true }, kept);
    return 'over';
  }
}

/** Thrown if the engine has no capacity now; a later event tries again. */
class Refused extends Error {
  override name = 'Refused';
}
