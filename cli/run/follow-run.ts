import { setTimeout as sleep } from 'node:timers/promises';
import type { WrittenLine } from '../../client/outputs.ts';
import type { Session } from '../session.ts';
import { nextInWords } from './end-of-run.ts';
import { runnerAbsence } from './runner-absence.ts';
import { isLive, type RunOf, readTask, type TaskState } from './task-state.ts';

/** How soon it is looked what the output does not tell: at first, and at last. */
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
 * Looks now and then at what the output does not tell, until the signal aborts: says when nobody runs the tasks of the location any more, and
 * when somebody does again; and ends the following of a task that somebody else has stopped before it began.
 */
const watch = async (session: Session, of: RunOf, location: string, following: AbortController) => {
  const { signal } = following;
  let said: string | undefined;
  for (let wait = FIRST_MS; ; wait = Math.min(MOST_MS, wait * 2)) {
    await sleep(wait, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    // A caller that may run tasks may lack the right to see the runner, and the service may not answer now.
    const absence = await runnerAbsence(session, location).catch(() => said);
    if (absence !== undefined && said === undefined)
      session.warn(`${absence}; a task that runs may run on, and is heard once a runner is back`);
    if (absence === undefined && said !== undefined) session.warn(`${location} has a runner again`);
    said = absence;
    const state = await readTask(session, of).catch(() => null);
    if (state === undefined || (state !== null && !isLive(state) && state.task.state === 'created'))
      following.abort();
  }
};

/**
 * Prints what a task writes until it has ended and is not started again. Answers what has become of it; nothing where it has left meanwhile.
 * Says so where its runner is gone. Throws the reason of `signal`.
 */
export const followRun = async (
  session: Session,
  of: RunOf,
  location: string,
  { signal, attempt: first = 1 }: { readonly signal: AbortSignal; readonly attempt?: number },
): Promise<TaskState | undefined> => {
  const following = new AbortController();
  const watching = watch(session, of, location, following);
  const either = AbortSignal.any([signal, following.signal]);
  try {
    for (let attempt = first; ; attempt += 1) {
      try {
        // The service answers what it writes from before it starts, and when it has ended.
        const written = session.taskport.outputs.written(
          { ...of, attempt },
          { follow: true, signal: either },
        );
        for await (const line of written) printLine(session, line);
      } catch (error) {
        if (!either.aborted) throw error;
      }
      signal.throwIfAborted();
      const state = await readTask(session, of);
      if (state === undefined || !isLive(state) || following.signal.aborted) return state;
      const next = nextInWords(state, Date.now());
      if (next !== undefined) session.note(`taskport: ${next}`);
    }
  } finally {
    following.abort();
    await watching;
  }
};
