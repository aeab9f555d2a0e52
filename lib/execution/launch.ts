import type { Asked, AskedExecutor } from './asked.ts';
import type { Attempt, Exit } from './attempt.ts';

/** One task of a launch, and what the engine calls it there. */
export interface LaunchedTask {
  readonly taskId: string;
  readonly attempt: number;
  readonly container: string;
  /** Where the engine writes what it does: a place in the engine's words; absent where it goes nowhere. */
  readonly log?: { readonly group: string; readonly region: string; readonly prefix: string };
}

/** Where an engine writes what an attempt does: in a log of the deployment, by its name, or in one of the task's own. */
export type EngineOutput = { readonly engineLog: string } | { readonly uri: string };

/** What an executor had an engine run that nobody watches: all that was bound, as one thing of the engine's (ADR 51). */
export interface Launch {
  readonly executorId: string;
  /** When the composition was created that asked for it. RFC 3339, UTC. */
  readonly since: string;
  readonly tasks: readonly LaunchedTask[];
  /** What the engine is to run, as it calls that. */
  readonly definition: string;
  /** What the launch before ran, where that was something else: given up once this one is over. */
  readonly replaces?: string;
  /** By which the engine knows a request that it has heard before. */
  readonly token: string;
  /** When the engine was asked last. RFC 3339, UTC. */
  readonly askedAt: string;
  /** When it was asked first with this token. */
  readonly firstAskedAt: string;
  /** Whether the engine lets people talk to what it runs of it. */
  readonly takesSessions?: true;
  /** What the engine runs, as it calls that; absent until that is known. */
  readonly engineTask?: string;
  /** Nothing of it is there, nor ever will be: why. */
  readonly failed?: { readonly how: 'lost' | 'launchError'; readonly words: string };
  /** Its ends are told. */
  readonly isOver?: true;
  /** The executor is composed no more, and what it ran is given up. */
  readonly isForgotten?: true;
}

/** How a task of a launch ended, with the words of the engine where it failed to start, or was stopped before it did. */
export type LaunchEnd = (
  | (Exit & { readonly unhealthy?: true })
  | { readonly launchError: string }
  | { readonly neverRan: string }
) & { readonly at?: string };

/** What an engine tells of a launch: each task by what it is called there. */
export interface Seen {
  /** Whether it is there at all: an engine forgets what has ended. */
  readonly isThere: boolean;
  readonly tasks: ReadonlyMap<string, SeenTask>;
}

export type SeenTask =
  | { readonly state: 'pending'; readonly waitsFor: string }
  | { readonly state: 'running'; readonly at: string; readonly isUnhealthy?: true }
  | { readonly state: 'ended'; readonly end: LaunchEnd };

/** What a launch is stopped for whose health check failed. */
export const UNHEALTHY = 'it is not healthy';

/** After so long no request of a function is under way any more, and what an engine lists is complete: half of what lies between two reconciliations. */
const SETTLED_MS = 5 * 60_000;
/** An engine knows a token for a day; what is older is never asked for again. */
const TOKEN_MS = 23 * 3600_000;

/** How long ago an engine was asked for a launch of which nothing is known. */
export const ageOf = ({ askedAt, firstAskedAt }: Launch, now: number): 'fresh' | 'settled' | 'expired' => {
  if (now - Date.parse(askedAt) < SETTLED_MS) return 'fresh';
  return now - Date.parse(firstAskedAt) < TOKEN_MS ? 'settled' : 'expired';
};

export const attemptOf = ({ executorId }: Launch, { taskId, attempt }: LaunchedTask): Attempt => ({
  executorId,
  taskId,
  attempt,
});

/** What the composition asks of an attempt of a launch; undefined where it knows nothing of it, or no more. */
export const askedOf = (
  asked: AskedExecutor | undefined,
  { since }: Pick<Launch, 'since'>,
  { taskId, attempt }: LaunchedTask,
): Asked | undefined =>
  asked?.since === since
    ? asked.tasks.find((one) => one.attempt.taskId === taskId && one.attempt.attempt === attempt)
    : undefined;

/** Whether the composition asks for an attempt of a launch. */
export const isAskedFor = (...[asked, launch, task]: Parameters<typeof askedOf>): boolean =>
  askedOf(asked, launch, task)?.isToRun === true;

/** Attempts that are to run, and that the last launch did not have. */
export const notLaunched = (asked: AskedExecutor | undefined, former: Launch | undefined): Attempt[] =>
  (asked?.tasks ?? []).flatMap(({ attempt, isToRun }) => {
    const last =
      former?.since === asked?.since
        ? former?.tasks.find(({ taskId }) => taskId === attempt.taskId)
        : undefined;
    return isToRun && attempt.attempt > (last?.attempt ?? 0) ? [attempt] : [];
  });
