import { eachRun, executorLocationOf, type Located } from '../run/each-run.ts';
import { RUN_KEY, shortOf } from '../run/made-by-run.ts';
import { readComposition, removeExecutor } from '../run/remove-executor.ts';
import { areOver, isLive, type Member } from '../run/task-state.ts';
import type { Action, Session } from '../session.ts';
import { ToldRefusal } from '../told-refusal.ts';
import { unlessAbsent } from '../unless-absent.ts';

/** Whether all tasks have ended and their writes are saved. */
const hasEnded = (members: readonly Member[]): boolean =>
  areOver(members) && !members.some(({ saving }) => saving);

/** Whether an executor has ended, and whether `run` created it. */
const leftOver = async (session: Session, executorId: string): Promise<'own' | 'other' | undefined> => {
  const found = await unlessAbsent(readComposition(session, executorId));
  if (!found || !hasEnded(found.composition?.members ?? [])) return undefined;
  return found.metadata?.ro?.[RUN_KEY] === undefined ? 'other' : 'own';
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
  const found = { own: [] as string[], other: [] as string[] };
  for (const id of ended) {
    const whose = live.has(id) ? undefined : await leftOver(session, id);
    if (whose !== undefined) found[whose].push(id);
  }
  const { own, other } = found;
  if (other.length > 0) {
    const names = other.map(shortOf).join(' ');
    session.note(`${names}: ended too, but \`run\` did not create it: \`taskport rm ${names}\` removes it`);
  }
  if (own.length === 0) {
    session.note('nothing to remove');
    return;
  }
  if (!options.force) {
    session.io.err(`this removes ${own.map(shortOf).join(', ')}; go on? [y/N] `);
    if (!/^y(es)?$/i.test(await answer(session))) throw new ToldRefusal('not removed');
  }
  await eachRun(session, own, {}, async (id) => {
    if (!(await removeExecutor(session, id, hasEnded)))
      throw new Error(`${shortOf(id)} was started again, and stays`);
  });
};
