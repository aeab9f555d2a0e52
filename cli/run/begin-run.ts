import type { Composing } from '../../client/compositions.ts';
import { anyName } from '../../client/executor-name.ts';
import { isCode, ProblemError } from '../../client/problem-error.ts';
import { meantId } from '../meant-id.ts';
import type { Session } from '../session.ts';
import { namingFlags } from './flag-of-path.ts';
import { shortOf } from './made-by-run.ts';
import { interrupted, type PassedSignals } from './pass-signals.ts';
import { removeExecutor, waitingUntil } from './remove-executor.ts';
import { isTalkedTo, type RunFlags } from './run-flags.ts';
import { assertTalks } from './talk-with-run.ts';
import type { RunOf } from './task-state.ts';

interface Options extends RunFlags {
  readonly name?: string;
}

/** The name of the task on its executor. */
export const TASK = 'main';
/** The number of names to try for an executor without a given name. */
const MAX_NAMES = 5;

/** Whether the executor exists already. */
const isTaken = (error: unknown): boolean => isCode(error, 'name-collision', 'stale-handle');

interface Composed {
  readonly executorId: string;
  readonly handle: string;
}

/** Warns that an executor may exist, and names it. */
const warnOf = (session: Session, executorId: string): void => {
  const short = shortOf(executorId);
  session.warn(`taskport: ${short} may exist now: \`taskport rm --force ${short}\` removes it`);
};

/** Creates the executor, with the given name or with a free one. */
const compose = async (
  session: Session,
  location: string,
  options: Options,
  composing: Composing,
  signals: PassedSignals,
): Promise<Composed> => {
  const { name } = options;
  // One interruption ends no call, so the command learns whether the executor exists.
  const { taskport, call } = waitingUntil(session, signals.given);
  for (let tries = 1; ; tries += 1) {
    const executorId = meantId('executor', name ?? anyName(), location);
    try {
      const { handle } = await taskport.compositions.compose(executorId, composing, call);
      return { executorId, handle };
    } catch (error) {
      if (!(error instanceof ProblemError) || error.status >= 500) warnOf(session, executorId);
      if (signals.given.aborted) throw interrupted(signals);
      if (!isTaken(error)) throw namingFlags(error, options);
      if (name === undefined && tries < MAX_NAMES) continue;
      const short = shortOf(executorId);
      throw new Error(
        `${short} exists already: give another --name, or remove it by \`taskport rm ${short}\``,
      );
    }
  }
};

/** Starts a task that the command attaches to. If no caller could attach, removes the executor instead. */
const bindTalked = async (
  session: Session,
  { executorId, handle }: Composed,
  taskId: string,
  signals: PassedSignals,
) => {
  const waiting = waitingUntil(session, signals.given);
  try {
    await assertTalks(session, handle, taskId);
    if (signals.last !== undefined) throw interrupted(signals);
    await session.taskport.compositions.bind(handle, undefined, waiting.call);
  } catch (error) {
    await removeExecutor(waiting, executorId).catch(() => warnOf(session, executorId));
    if (signals.last !== undefined) throw interrupted(signals);
    session.note('nothing started: leave out --interactive and --tty to run the task and see its output');
    throw error;
  }
};

/** Creates the executor, and starts its task. Holds signals until the task is bound, so the command names every executor that stays. */
export const beginRun = async (
  session: Session,
  location: string,
  options: Options,
  composing: Composing,
  signals: PassedSignals,
): Promise<RunOf> => {
  const isTalked = isTalkedTo(options) && !options.detach;
  const composed = await compose(session, location, options, { ...composing, bind: !isTalked }, signals);
  const { executorId } = composed;
  const taskId = `${executorId}/tasks/${TASK}`;
  if (isTalked) await bindTalked(session, composed, taskId, signals);
  return { executorId, taskId };
};
