import { Pages } from '../../client/pages.ts';
import type { ListedRun } from '../../lib/composition/listed-run.ts';
import { numberOf } from '../number.ts';
import { executorLocationOf, type Located } from '../run/each-run.ts';
import { shortOf } from '../run/made-by-run.ts';
import { parseRunFilter } from '../run/run-filter.ts';
import { runnerAbsence } from '../run/runner-absence.ts';
import { statusInWords } from '../run/status-in-words.ts';
import { isLive } from '../run/task-state.ts';
import type { Action, Session } from '../session.ts';

interface PsOptions extends Located {
  readonly all?: boolean;
  readonly filter?: readonly string[];
  readonly last?: string;
  readonly quiet?: boolean;
}

/** What tells a task from others: its executor says it where it is a run's own. */
const nameOf = ({ executorId, id }: ListedRun): string =>
  id === `${executorId}/tasks/main` ? '-' : shortOf(id.replace(`${executorId}/tasks/`, ''));

/** Pages with what is asked for alone. */
const filtered = (pages: Pages<ListedRun>, isMeant: (run: ListedRun) => boolean): Pages<ListedRun> => {
  const each = pages.pages();
  return new Pages(async () => {
    const { value, done } = await each.next();
    return done ? { items: [] } : { ...value, items: value.items.filter(isMeant) };
  });
};

export const listRuns: Action<PsOptions> = async (session, _, options) => {
  const { all = false, filter = [], quiet = false } = options;
  const { last } = numberOf('last', options.last);
  const location = executorLocationOf(session, options);
  const fits = parseRunFilter(filter);
  const isEvery = all || last !== undefined || filter.some((text) => /^(status|exited|reason)=/.test(text));
  const runs = session.taskport.runs.list({ executorLocation: location, ...session.call });
  let waits = false;
  const pages = filtered(runs, (run) => {
    const isShown = fits(run) && (isEvery || isLive({ ...run, task: run }));
    waits ||= isShown && run.bound && run.state === 'bound';
    return isShown;
  });
  if (quiet) {
    const seen = new Set<string>();
    for await (const { executorId } of pages) {
      if (!seen.has(executorId)) session.io.out(`${shortOf(executorId)}\n`);
      seen.add(executorId);
      if (seen.size === last) return;
    }
    return;
  }
  const now = Date.now();
  await session.listPages(
    pages,
    (run) => ({
      executor: shortOf(run.executorId),
      task: nameOf(run),
      attempt: run.attempt,
      status: statusInWords(run, now),
    }),
    { limit: last },
  );
  if (waits) await sayAbsence(session, location);
};

/** Says why something waits, where nobody would start it. */
const sayAbsence = async (session: Session, location: string): Promise<void> => {
  const absence = await runnerAbsence(session, location).catch(() => undefined);
  if (absence !== undefined) session.note(absence);
};
