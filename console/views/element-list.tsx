import { useEffect, useRef, useState } from 'preact/hooks';
import type { ListedRun } from '../../lib/composition/listed-run.ts';
import type { ElementJson } from '../../lib/element/representation.ts';
import { rules } from '../../lib/kind/index.ts';
import type { Location } from '../../lib/location/location.ts';
import { api } from '../api.ts';
import { bytes, counted } from '../parts/amounts.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { isWithoutData, State, stateInWords } from '../parts/state.tsx';
import { Ago, Time } from '../parts/time.tsx';
import { links } from '../route.ts';
import { sinceOf, standingOf } from '../runs/standing.ts';
import { registryImageOf } from '../runs/what-runs.ts';
import { useLoad } from '../use-load.ts';
import { FilterForm } from './filter-form.tsx';

/** The height of a row in rem, so that it grows with the text. */
const ROW_REM = 2.25;
/** Rows rendered beyond the visible ones. */
const BEYOND = 15;
/** Rows before the end of the loaded ones at which the next page loads. */
const AHEAD = 200;
const PAGE = 500;

const rowHeight = (): number =>
  ROW_REM * Number.parseFloat(getComputedStyle(document.documentElement).fontSize);

interface Known {
  readonly items: readonly ElementJson[];
  readonly isWhole: boolean;
  readonly error: unknown;
}

const NOTHING: Known = { items: [], isWhole: false, error: undefined };

/** The metadata for filters, in the syntax of a filter: `ro.os=linux`. */
const indexedOf = ({ metadata }: ElementJson): string =>
  (['ro', 'rw'] as const)
    .flatMap((half) =>
      Object.entries(metadata?.[half] ?? {}).map(([key, value]) => `${half}.${key}=${value}`),
    )
    .join(', ');

/** The latest run of each executor of a location; empty if the user may not read them. */
const useRunOf = ({ kind, name }: Location): ReadonlyMap<string, ListedRun> => {
  const { value } = useLoad(
    async (signal) =>
      kind === 'executor'
        ? await api.runs.list({ executorLocation: name, limit: 1_000, signal }).pages().next()
        : undefined,
    [kind, name],
  );
  const runs = value?.value?.items ?? [];
  return new Map(runs.toReversed().map((run) => [run.executorId, run]));
};

/** The first rows that say which image of a registry they stand for: each costs a request. */
const MOST_TOLD = 100;

/** The name and the state of an element: for an executor the state of its run. */
const Told = ({
  of,
  run,
  isTold,
}: {
  readonly of: ElementJson;
  readonly run: ListedRun | undefined;
  readonly isTold: boolean;
}) => {
  const { value } = useLoad(
    async () => (isTold && isWithoutData(of) ? registryImageOf(of.id) : undefined),
    [of.id, isTold],
  );
  return (
    <>
      <span role="cell">
        <a href={links.element(of.id)}>{of.name}</a> {value && <span class="muted">{value}</span>}
      </span>
      <span role="cell">
        <State of={run ? standingOf(run) : stateInWords(of, value)} />
      </span>
    </>
  );
};

/** Pages of a list, loaded on request. */
const usePages = (location: Location, filter: readonly string[]) => {
  const [known, setKnown] = useState<Known>(NOTHING);
  const more = useRef<() => void>(() => {});
  useEffect(() => {
    const abort = new AbortController();
    const { kind, name } = location;
    const pages = api.elements
      .list({ kind, location: name, filter, limit: PAGE, signal: abort.signal })
      .pages();
    let isReading = false;
    more.current = () => {
      if (isReading) return;
      isReading = true;
      pages.next().then(
        ({ value, done }) => {
          isReading = false;
          if (abort.signal.aborted) return;
          setKnown(({ items }) => ({
            items: value ? [...items, ...value.items] : items,
            isWhole: done === true || value?.cursor === undefined,
            error: undefined,
          }));
        },
        (error) => abort.signal.aborted || setKnown((before) => ({ ...before, isWhole: true, error })),
      );
    };
    setKnown(NOTHING);
    more.current();
    return () => abort.abort();
  }, [location.name, filter.join('\n')]);
  return { known, more };
};

const RunLink = ({ of }: { readonly of: ListedRun | undefined }) =>
  of ? (
    <a href={links.run(of.executorId, of.id)}>
      <Ago at={sinceOf(of) ?? ''} />
    </a>
  ) : null;

/** The loaded elements, in any number: the page contains only the visible rows. */
const Rows = ({
  location,
  known: { items, isWhole },
  more,
}: {
  readonly location: Location;
  readonly known: Known;
  /** Loads the next page. */
  readonly more: () => void;
}) => {
  const runOf = useRunOf(location);
  const last =
    location.kind === 'executor' ? 'Last run' : rules[location.kind].data === 'none' ? 'Revision' : 'Size';
  const hasIndexed = (location.indexed?.length ?? 0) > 0;
  const scroller = useRef<HTMLDivElement>(null);
  const [height] = useState(rowHeight);
  const [range, setRange] = useState({ from: 0, to: 2 * BEYOND });
  const look = (): void => {
    const box = scroller.current;
    if (!box) return;
    const from = Math.max(0, Math.floor(box.scrollTop / height) - BEYOND);
    const to = Math.ceil((box.scrollTop + box.clientHeight) / height) + BEYOND;
    setRange((before) => (before.from === from && before.to === to ? before : { from, to }));
  };
  useEffect(look, [items]);
  useEffect(() => {
    if (!isWhole && items.length > 0 && range.to > items.length - AHEAD) more();
  }, [range, items, isWhole]);
  return (
    <>
      <p role="status" class="muted">
        {counted(items.length, location.kind, rules[location.kind].plural)}
        {!isWhole && ', and more below'}
      </p>
      <div
        class={hasIndexed ? 'list indexed' : 'list'}
        role="table"
        aria-label={`Elements of ${location.name}`}
        aria-rowcount={isWhole ? items.length + 1 : -1}
        ref={scroller}
        onScroll={look}
        style={{ maxHeight: `${(items.length + 1) * height + 2}px` }}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keyboard users scroll it.
        tabIndex={0}
      >
        <div role="rowgroup" class="head">
          <div role="row" aria-rowindex={1} class="row">
            <span role="columnheader">Name</span>
            <span role="columnheader">State</span>
            {hasIndexed && <span role="columnheader">Indexed</span>}
            <span role="columnheader">{last}</span>
            <span role="columnheader">Modified</span>
          </div>
        </div>
        <div role="rowgroup" class="rows" style={{ height: `${items.length * height}px` }}>
          {items.slice(range.from, range.to).map((item, offset) => {
            const at = range.from + offset;
            return (
              <div
                key={item.id}
                role="row"
                aria-rowindex={at + 2}
                class="row"
                style={{ transform: `translateY(${at * height}px)` }}
              >
                <Told of={item} run={runOf.get(item.id)} isTold={at < MOST_TOLD} />
                {hasIndexed && (
                  <span role="cell" title={indexedOf(item)}>
                    {indexedOf(item)}
                  </span>
                )}
                <span role="cell">
                  {last === 'Size' && item.size !== undefined && bytes(item.size)}
                  {last === 'Last run' && <RunLink of={runOf.get(item.id)} />}
                  {last === 'Revision' && item.revision}
                </span>
                <span role="cell">
                  <Time at={item.modifiedAt ?? ''} />
                </span>
              </div>
            );
          })}
        </div>
      </div>
    </>
  );
};

/** The elements of a location, and the filter of the list. An empty location has nothing to filter. */
export const ElementList = ({
  location,
  filter,
  onFilter,
}: {
  readonly location: Location;
  /** In the syntax of the API. */
  readonly filter: readonly string[];
  readonly onFilter: (filter: readonly string[]) => void;
}) => {
  const { known, more } = usePages(location, filter);
  const { items, isWhole, error } = known;
  const isEmpty = isWhole && error === undefined && items.length === 0;
  return (
    <>
      {!(isEmpty && filter.length === 0) && (
        <FilterForm location={location} filter={filter} onChange={onFilter} />
      )}
      <ProblemNotice error={error} />
      {error === undefined &&
        (items.length > 0 ? (
          <Rows location={location} known={known} more={() => more.current()} />
        ) : (
          <p role="status">
            {!isEmpty
              ? 'Loading …'
              : filter.length === 0
                ? 'There are no elements yet.'
                : 'No element matches the filter.'}
          </p>
        ))}
    </>
  );
};
