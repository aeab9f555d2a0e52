import { Pages } from '../../client/pages.ts';
import type { ListedRun } from '../../lib/composition/listed-run.ts';
import { numberOf } from '../number.ts';
import { executorLocationOf, type Located } from '../run/each-run.ts';
import { shortOf } from '../run/made-by-run.ts';
import { RunDetails } from '../run/run-details.ts';
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

/** The name that distinguishes a task from others of its executor; undefined for the only task of `run`. */
const nameOf = ({ executorId, id }: ListedRun): string | undefined =>
  id === `${executorId}/tasks/main` ? undefined : shortOf(id.replace(`${executorId}/tasks/`, ''));

/** The name of a run: with its task, unless the table has a column for that. */
const calledOf = (run: ListedRun, hasTasks: boolean | undefined) => {
  const [executor, task] = [shortOf(run.executorId), nameOf(run)];
  return hasTasks ? { executor, task } : { executor: [executor, task].filter(Boolean).join(' ') };
};

/** Pages that match the filter; `prepare` sees each page first. */
const filtered = (
  pages: Pages<ListedRun>,
  isMeant: (run: ListedRun) => boolean,
  prepare: (runs: readonly ListedRun[]) => Promise<void>,
): Pages<ListedRun> => {
  const each = async function* () {
    for await (const page of pages.pages()) {
      const items = page.items.filter(isMeant);
      await prepare(items);
      yield { ...page, items };
    }
  };
  return Pages.of(each());
};

export const listRuns: Action<PsOptions> = async (session, _, options) => {
  const { all = false, filter = [], quiet = false } = options;
  const { last } = numberOf('last', options.last);
  const location = executorLocationOf(session, options);
  const fits = parseRunFilter(filter);
  const isEvery = all || last !== undefined || filter.some((text) => /^(status|exited|reason)=/.test(text));
  const runs = session.taskport.runs.list({ executorLocation: location, ...session.call });
  let waits = false;
  const unsaved = new Set<string>();
  const isMeant = (run: ListedRun): boolean => {
    const isUp = isLive({ ...run, task: run });
    const isShown = fits(run) && (isEvery || isUp || (run.bound && run.writes === true && !quiet));
    waits ||= isShown && run.bound && run.state === 'bound';
    if (isShown && !isUp && run.bound && run.writes) unsaved.add(shortOf(run.executorId));
    return isShown;
  };
  const details = new RunDetails(session);
  const isWide = session.output === 'wide' && !quiet;
  let hasTasks: boolean | undefined;
  const pages = filtered(runs, isMeant, async (shown) => {
    if (shown.length > 0) hasTasks ??= shown.some((run) => nameOf(run) !== undefined);
    if (isWide) await details.load(shown);
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
      ...calledOf(run, hasTasks),
      attempt: run.attempt,
      status: statusInWords(run, now),
    }),
    { limit: last, order: 'latest', toMore: (run) => details.of(run) },
  );
  if (waits) await sayAbsence(session, location);
  if (unsaved.size > 0) session.note(`\`taskport stop ${[...unsaved].join(' ')}\` saves the writes`);
};

/** Reports why a task waits, if no runner would start it. */
const sayAbsence = async (session: Session, location: string): Promise<void> => {
  const absence = await runnerAbsence(session, location).catch(() => undefined);
  if (absence !== undefined) session.note(absence);
};
