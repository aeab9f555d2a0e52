import { setTimeout as sleep } from 'node:timers/promises';
import { outlasting } from '../../client/outlasting.ts';
import type { WrittenLine } from '../../client/outputs.ts';
import { firstAborted } from '../../lib/first-aborted.ts';
import type { Session } from '../session.ts';
import { nextInWords } from './end-of-run.ts';
import { waitingUntil } from './remove-executor.ts';
import { runnerAbsence } from './runner-absence.ts';
import { isLive, type RunOf, readTask, type TaskState } from './task-state.ts';

/** How soon to check what the output does not tell: the first and the longest interval. */
const FIRST_MS = 1_000;
const MOST_MS = 10_000;

export const printLine = (
  { isJson, io }: Pick<Session, 'isJson' | 'io'>,
  { at, stream, text }: WrittenLine,
): void => {
  if (isJson) io.out(`${JSON.stringify({ at, stream, text })}\n`);
  else if (stream === 'stdout') io.out(`${text}\n`);
  else io.err(`${text}\n`);
};

/**
 * Checks from time to time what the output does not tell, until the signal aborts: reports when no runner runs the tasks of the location,
 * and when one does again; stops following a task that somebody stopped before it began.
 */
const watch = async (session: Session, of: RunOf, location: string, following: AbortController) => {
  const { signal } = following;
  // A silent service must not keep the command from its end.
  const asking = waitingUntil(session, signal);
  let said: string | undefined;
  for (let wait = FIRST_MS; ; wait = Math.min(MOST_MS, wait * 2)) {
    await sleep(wait, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    // A caller who may run tasks may lack the right to see the runner, and the service may not answer now.
    const absence = await runnerAbsence(asking, location).catch(() => said);
    if (absence !== undefined && said === undefined)
      session.warn(
        `${absence}; running tasks may continue, and this command shows their output once a runner is back`,
      );
    if (absence === undefined && said !== undefined) session.warn(`${location} has a runner again`);
    said = absence;
    const state = await readTask(asking, of).catch(() => null);
    if (state === undefined || (state !== null && !isLive(state) && state.task.state === 'created'))
      following.abort();
  }
};

/**
 * Prints the output of a task until it has ended for good. Answers its state; undefined if it has left meanwhile. Reports if its runner is
 * gone. Waits while the service does not answer. Throws the reason of `signal`.
 */
export const followRun = async (
  session: Session,
  of: RunOf,
  location: string,
  { signal, attempt: first = 1 }: { readonly signal: AbortSignal; readonly attempt?: number },
): Promise<TaskState | undefined> => {
  const following = new AbortController();
  const watching = watch(session, of, location, following);
  const either = firstAborted(signal, following.signal);
  try {
    for (let attempt = first; ; attempt += 1) {
      try {
        // The service sends the output from before the start of the task, and reports the end.
        const written = session.taskport.outputs.written(
          { ...of, attempt },
          { follow: true, signal: either, onOutage: session.onOutage },
        );
        for await (const line of written) printLine(session, line);
      } catch (error) {
        if (!either.aborted) throw error;
      }
      signal.throwIfAborted();
      const state = await outlasting(() => readTask(session, of), session.onOutage, signal);
      if (state === undefined || !isLive(state) || following.signal.aborted) return state;
      const next = nextInWords(state, Date.now());
      if (next !== undefined) session.note(`taskport: ${next}`);
    }
  } finally {
    following.abort();
    await watching;
  }
};
