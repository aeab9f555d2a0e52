import { each } from '../each.ts';
import { meantId } from '../meant-id.ts';
import type { Session } from '../session.ts';
import { ofRun } from './absent-run.ts';
import { BegunActs } from './begun-acts.ts';
import { shortOf } from './made-by-run.ts';
import { readTasks, type TaskState } from './task-state.ts';

export interface Located {
  readonly executorLocation?: string;
}

/** The location of executors whose name has none. */
export const executorLocationOf = (session: Session, { executorLocation }: Located): string =>
  executorLocation ?? session.executorLocation;

/** The executor that a text names. Throws `UsageError`. */
export const meantExecutor = (session: Session, text: string, located: Located): string =>
  meantId('executor', text, executorLocationOf(session, located));

/** The tasks of an executor. Throws if it has none. */
export const tasksOf = async (session: Session, executorId: string): Promise<TaskState[]> => {
  const tasks = await readTasks(session, executorId);
  if (tasks.length === 0) throw new Error(`${shortOf(executorId)} has no tasks`);
  return tasks;
};

/** The executors that texts name, each once. Throws `UsageError`. */
export const meantExecutors = (session: Session, texts: readonly string[], located: Located): string[] => [
  ...new Set(texts.map((text) => meantExecutor(session, text, located))),
];

/** Calls `act` for several executors in parallel, and prints their short IDs, or their refusals, in the order of `texts`. */
export const eachRun = async (
  session: Session,
  texts: readonly string[],
  located: Located,
  act: (executorId: string) => Promise<void>,
): Promise<void> => {
  const ids = meantExecutors(session, texts, located);
  const acts = new BegunActs(ids, (id) => ofRun(session, id, act(id)));
  try {
    await each(session, ids, async (id) => {
      await acts.of(id);
      session.show({ id }, () => shortOf(id));
    });
  } finally {
    // A failure that ends the command leaves no other executor half-way.
    await acts.end();
  }
};
