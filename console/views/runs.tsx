import { useEffect, useMemo, useState } from 'preact/hooks';
import type { ListedRun } from '../../lib/composition/listed-run.ts';
import { api } from '../api.ts';
import { counted } from '../parts/amounts.ts';
import { Choice } from '../parts/choice.tsx';
import { Heading } from '../parts/heading.tsx';
import { Loading } from '../parts/loading.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { NoRunner } from '../parts/runner.tsx';
import { keepQuery, links, parseQuery, partsOfId } from '../route.ts';
import { DayChart } from '../runs/day-chart.tsx';
import { RunTable } from '../runs/run-table.tsx';
import { isLive, type Standing, sinceOf, standingOf } from '../runs/standing.ts';
import { useRuns } from '../runs/use-runs.ts';
import { isFound, MOST_SEARCHED, useWhat } from '../runs/use-what.ts';
import { useLoad } from '../use-load.ts';
import { FirstVisit } from './first-visit.tsx';

const DAY_MS = 86_400_000;
/** The number of rows in the page at first, and of those that are added. */
const ROWS = 100;

/** The filters, with the standings that they show. */
const FILTERS = {
  running: { label: 'running', standings: ['running', 'stopping'] },
  waiting: { label: 'waiting', standings: ['starting', 'waiting', 'restarting'] },
  failed: { label: 'failed in 24 hours', standings: ['failed'] },
  completed: { label: 'completed in 24 hours', standings: ['completed'] },
} as const satisfies Record<string, { label: string; standings: readonly Standing[] }>;
type Filter = keyof typeof FILTERS;

const isOf = (standing: Standing, filter: Filter): boolean =>
  (FILTERS[filter].standings as readonly Standing[]).includes(standing);

const isRecent = (run: ListedRun): boolean =>
  isLive(standingOf(run)) || Date.now() - Date.parse(run.endedAt ?? run.boundAt ?? '') < DAY_MS;

interface Asked {
  readonly state: Filter | undefined;
  readonly location: string;
  readonly text: string;
}

const readAsked = (): Asked => {
  const query = parseQuery(window.location.hash);
  const state = query.get('state') ?? '';
  return {
    state: state in FILTERS ? (state as Filter) : undefined,
    location: query.get('location') ?? '',
    text: query.get('text') ?? '',
  };
};

const keepAsked = ({ state, location, text }: Asked): void => {
  const said = Object.entries({ state, location, text }).filter(([, value]) => value);
  keepQuery(new URLSearchParams(said as [string, string][]));
};

const Tiles = ({
  runs,
  isPart,
  state,
  onPress,
}: {
  readonly runs: readonly ListedRun[];
  /** Whether the last day has more runs than are loaded. */
  readonly isPart: boolean;
  readonly state: Filter | undefined;
  readonly onPress: (state: Filter | undefined) => void;
}) => {
  const standings = useMemo(() => runs.filter(isRecent).map((run) => standingOf(run)), [runs]);
  return (
    <div class="tiles" role="group" aria-label="Show only">
      {(Object.keys(FILTERS) as Filter[]).map((filter) => (
        <button
          key={filter}
          type="button"
          class={`quiet ${filter}`}
          aria-pressed={state === filter}
          onClick={() => onPress(state === filter ? undefined : filter)}
        >
          <strong>
            {standings.filter((each) => isOf(each, filter)).length.toLocaleString('en')}
            {isPart && '+'}
          </strong>
          <span>{FILTERS[filter].label}</span>
        </button>
      ))}
    </div>
  );
};

const Listed = ({
  runs,
  text,
  withLocation,
}: {
  readonly runs: readonly ListedRun[];
  /** The search text; a new one resets the number of rows. */
  readonly text: string;
  readonly withLocation: boolean;
}) => {
  const [count, setCount] = useState(ROWS);
  useEffect(() => setCount(ROWS), [text]);
  const live: ListedRun[] = [];
  const ended: ListedRun[] = [];
  for (const run of runs) (isLive(standingOf(run)) ? live : ended).push(run);
  ended.sort((a, b) => ((sinceOf(a) ?? '') < (sinceOf(b) ?? '') ? 1 : -1));
  return (
    <>
      {live.length > 0 && (
        <section class="card" aria-labelledby="now">
          <h2 id="now">Now</h2>
          <RunTable runs={live.slice(0, count)} label="Runs that run or wait" withLocation={withLocation} />
        </section>
      )}
      {ended.length > 0 && (
        <section class="card" aria-labelledby="ended">
          <h2 id="ended">Ended</h2>
          <RunTable runs={ended.slice(0, count)} label="Runs that ended" withLocation={withLocation} />
        </section>
      )}
      {Math.max(live.length, ended.length) > count && (
        <button type="button" class="quiet" onClick={() => setCount(count + ROWS)}>
          Show {ROWS} more of {counted(runs.length, 'run')}
        </button>
      )}
    </>
  );
};

const RunsOf = ({ locations }: { readonly locations: readonly string[] }) => {
  const [asked, setAsked] = useState(readAsked);
  const ask = (changed: Partial<Asked>): void => {
    const next = { ...asked, ...changed };
    setAsked(next);
    keepAsked(next);
  };
  const { runs, isWhole, isLoading, hasDay, error, more } = useRuns(locations);
  // While the user types, the list stays the same object, so that nothing is counted again.
  const here = useMemo(
    () =>
      asked.location === ''
        ? runs
        : runs.filter(({ executorId }) => partsOfId(executorId).location === asked.location),
    [runs, asked.location],
  );
  const what = useWhat(here, asked.text !== '');
  if (error !== undefined) return <ProblemNotice error={error} />;
  if (isLoading) {
    return (
      <p class="muted" role="status">
        Loading …
      </p>
    );
  }
  if (runs.length === 0 && isWhole) return <FirstVisit hasExecutors={locations.length > 0} />;
  const isPart = !isWhole && !hasDay;
  const text = asked.text.toLowerCase();
  const shown = here.filter(
    (run) => (asked.state === undefined || isOf(standingOf(run), asked.state)) && isFound(run, text, what),
  );
  const waiting = [
    ...new Set(
      here
        .filter((run) => run.bound && run.state === 'bound')
        .map((run) => partsOfId(run.executorId).location),
    ),
  ];
  return (
    <>
      {waiting.map((location) => (
        <NoRunner key={location} location={location} />
      ))}
      <Tiles runs={here} isPart={isPart} state={asked.state} onPress={(state) => ask({ state })} />
      <DayChart runs={here} isPart={isPart} />
      <search class="filters">
        <div class="field">
          <label for="text">Search by name, image, command or reason</label>
          <input
            id="text"
            name="text"
            type="search"
            value={asked.text}
            onInput={(event) => ask({ text: event.currentTarget.value })}
          />
        </div>
        {locations.length > 1 && (
          <Choice
            id="of-location"
            label="Location"
            value={asked.location}
            options={[['', 'every location'], ...locations.map((name) => [name] as const)]}
            onChoose={(location) => ask({ location })}
          />
        )}
        <p class="muted" role="status">
          {counted(shown.length, 'run')}
          {!isWhole && ', and older ones'}
          {text !== '' &&
            here.length > MOST_SEARCHED &&
            `; image and command are searched in the latest ${MOST_SEARCHED}`}
        </p>
      </search>
      {shown.length === 0 && (
        <p>
          No run matches.{' '}
          <button
            type="button"
            class="quiet"
            onClick={() => ask({ state: undefined, location: '', text: '' })}
          >
            Show all
          </button>
        </p>
      )}
      <Listed
        key={`${asked.state} ${asked.location}`}
        runs={shown}
        text={asked.text}
        withLocation={locations.length > 1 && asked.location === ''}
      />
      {!isWhole && (
        <button type="button" class="quiet" onClick={more}>
          Load older runs
        </button>
      )}
    </>
  );
};

/** Running runs, recent failures with their reasons, and waiting runs. */
export const RunsView = () => {
  const locations = useLoad((signal) => api.locations.list({ signal, limit: 1000 }).all(), []);
  return (
    <>
      <Heading title="Runs">
        <a class="button" href={links.newRun}>
          New run
        </a>
      </Heading>
      <Loading of={locations}>
        {(all) => (
          <RunsOf locations={all.filter(({ kind }) => kind === 'executor').map(({ name }) => name)} />
        )}
      </Loading>
    </>
  );
};
