import type { Asked, AskedExecutor } from './asked.ts';
import type { Attempt, Exit } from './attempt.ts';

/** One task of a launch, and its name at the engine. */
export interface LaunchedTask {
  readonly taskId: string;
  readonly attempt: number;
  readonly container: string;
  /** The place of its log, in the engine's terms; absent if the output is discarded. */
  readonly log?: { readonly group: string; readonly region: string; readonly prefix: string };
}

/** The place of an attempt's output: a log of the deployment, by its name, or a log of the task's own. */
export type EngineOutput = { readonly engineLog: string } | { readonly uri: string };

/** A launch on an engine of the deployment: all tasks that were bound, as one unit of the engine (ADR 51). */
export interface Launch {
  readonly executorId: string;
  /** When the composition that asked for it was created. RFC 3339, UTC. */
  readonly since: string;
  readonly tasks: readonly LaunchedTask[];
  /** The engine's ID of the definition that it is to run. */
  readonly definition: string;
  /** The definition of the launch before, if it differs: it is given up after this launch is over. */
  readonly replaces?: string;
  /** The engine recognises a repeated request by it. */
  readonly token: string;
  /** The time of the last request. RFC 3339, UTC. */
  readonly askedAt: string;
  /** The time of the first request with this token. */
  readonly firstAskedAt: string;
  /** Whether the engine permits sessions with its tasks. */
  readonly takesSessions?: true;
  /** The engine's ID of the running unit; absent until it is known. */
  readonly engineTask?: string;
  /** The engine runs nothing of it, and never will; with the reason. */
  readonly failed?: { readonly how: 'lost' | 'launchError'; readonly words: string };
  /** All ends are reported. */
  readonly isOver?: true;
  /** The executor has no composition any more, and the definition is given up. */
  readonly isForgotten?: true;
}

/** The end of a task of a launch, with the engine's message if it failed to start, or was stopped before. */
export type LaunchEnd = (
  | (Exit & { readonly unhealthy?: true })
  | { readonly launchError: string }
  | { readonly neverRan: string }
) & { readonly at?: string };

/** The state of a launch at the engine: each task by its name there. */
export interface Seen {
  /** Whether the engine knows it at all, since engines forget ended tasks. */
  readonly isThere: boolean;
  readonly tasks: ReadonlyMap<string, SeenTask>;
}

export type SeenTask =
  | { readonly state: 'pending'; readonly waitsFor: string }
  | { readonly state: 'running'; readonly at: string; readonly isUnhealthy?: true }
  | { readonly state: 'ended'; readonly end: LaunchEnd };

/** The reason for stopping a launch whose health check failed. */
export const UNHEALTHY = 'it is not healthy';

/**
 * After this time no request of a function is under way any more, and the engine's lists are complete: half the
 * time between two reconciliations.
 */
const SETTLED_MS = 5 * 60_000;
/** An engine remembers a token for a day; an older launch is never requested again. */
const TOKEN_MS = 23 * 3600_000;

/** The time since the last request for a launch whose result is unknown. */
export const ageOf = ({ askedAt, firstAskedAt }: Launch, now: number): 'fresh' | 'settled' | 'expired' => {
  if (now - Date.parse(askedAt) < SETTLED_MS) return 'fresh';
  return now - Date.parse(firstAskedAt) < TOKEN_MS ? 'settled' : 'expired';
};

export const attemptOf = ({ executorId }: Launch, { taskId, attempt }: LaunchedTask): Attempt => ({
  executorId,
  taskId,
  attempt,
});

/** The composition's part about an attempt of a launch; undefined if it does not contain it. */
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

/** Attempts that are to run, and that the last launch did not contain. */
export const notLaunched = (asked: AskedExecutor | undefined, former: Launch | undefined): Attempt[] =>
  (asked?.tasks ?? []).flatMap(({ attempt, isToRun }) => {
    const last =
      former?.since === asked?.since
        ? former?.tasks.find(({ taskId }) => taskId === attempt.taskId)
        : undefined;
    return isToRun && attempt.attempt > (last?.attempt ?? 0) ? [attempt] : [];
  });
