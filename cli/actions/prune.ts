import { eachRun, executorLocationOf, type Located } from '../run/each-run.ts';
import { RUN_KEY, shortOf } from '../run/made-by-run.ts';
import { readComposition, removeExecutor } from '../run/remove-executor.ts';
import { isLive, tasksAmong } from '../run/task-state.ts';
import type { Action, Session } from '../session.ts';
import { ToldRefusal } from '../told-refusal.ts';
import { unlessAbsent } from '../unless-absent.ts';

/** Whether `run` has made it, and nothing of it goes on. */
const isLeftOver = async (session: Session, executorId: string): Promise<boolean> => {
  const found = await unlessAbsent(readComposition(session, executorId));
  const { members = [] } = found?.composition ?? {};
  const isMade = found?.metadata?.ro?.[RUN_KEY] !== undefined;
  return isMade && !tasksAmong(members).some(isLive) && !members.some(({ saving }) => saving);
};

/** The first line of standard input. */
const answer = async ({ io }: Session): Promise<string> => {
  let said = '';
  for await (const bytes of io.input()) {
    said += Buffer.from(bytes).toString();
    if (said.includes('\n')) break;
  }
  return said.split('\n')[0]?.trim() ?? '';
};

export const pruneRuns: Action<Located & { readonly force?: boolean }> = async (session, _, options) => {
  const location = executorLocationOf(session, options);
  const ended = new Set<string>();
  const live = new Set<string>();
  for await (const run of session.taskport.runs.list({ executorLocation: location, ...session.call }))
    (isLive({ ...run, task: run }) ? live : ended).add(run.executorId);
  const leftOver: string[] = [];
  for (const id of ended) if (!live.has(id) && (await isLeftOver(session, id))) leftOver.push(id);
  if (leftOver.length === 0) {
    session.note('nothing to remove');
    return;
  }
  if (!options.force) {
    session.io.err(`this removes ${leftOver.map(shortOf).join(', ')}; go on? [y/N] `);
    if (!/^y(es)?$/i.test(await answer(session))) throw new ToldRefusal('not removed');
  }
  await eachRun(session, leftOver, {}, (id) => removeExecutor(session, id));
};
