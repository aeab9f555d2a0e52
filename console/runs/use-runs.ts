import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { outlasting } from '../../client/outlasting.ts';
import { ABSENT, isCode } from '../../client/problem-error.ts';
import { sleep } from '../../client/sleep.ts';
import type { ListedRun } from '../../lib/composition/listed-run.ts';
import type { PageJson } from '../../lib/element/page.ts';
import { inParallel } from '../../lib/in-parallel.ts';
import { api } from '../api.ts';
import { partsOfId } from '../route.ts';
import { tasksOf } from './tasks-of.ts';

/** Runs of a location that load first, the size of further pages, and the most pages. */
const FIRST = 100;
const PAGE = 1_000;
const MOST_PAGES = 10;
/** Changed executors that are read at a time. */
const READS = 8;
const GATHER_MS = 300;
const DAY_MS = 86_400_000;

export interface KnownRuns {
  /** The latest bind first: running and waiting runs, and others as far as they are loaded without a gap. */
  readonly runs: readonly ListedRun[];
  /** Whether there are no older runs. */
  readonly isWhole: boolean;
  readonly isLoading: boolean;
  /** Whether all runs of the last day are loaded. */
  readonly hasDay: boolean;
  readonly error: unknown;
  more(): void;
}

type Key = string;
const keyOf = ({ executorId, id }: Pick<ListedRun, 'executorId' | 'id'>): Key => `${executorId} ${id}`;
/** After a restart the runner reports when the task runs, but not when somebody requested it. */
const timeOf = ({ boundAt, startedAt, endedAt }: ListedRun): string => boundAt ?? startedAt ?? endedAt ?? '';

/** The loaded runs of one location. */
interface Reading {
  readonly pages: AsyncGenerator<PageJson<ListedRun>, void>;
  /** Whether all runs that were bound since are loaded. */
  since: string;
  isWhole: boolean;
}

const isGone = (error: unknown): boolean => isCode(error, ...ABSENT);

const isHidden = (error: unknown): boolean => isCode(error, 'permission-denied') || isGone(error);

/** The runs of some locations, kept up to date by events. */
export const useRuns = (locations: readonly string[]): KnownRuns => {
  const known = useRef(new Map<Key, ListedRun>());
  const readings = useRef<readonly Reading[]>([]);
  const [round, setRound] = useState(0);
  const [isLoading, setLoading] = useState(true);
  const [error, setError] = useState<unknown>();
  const show = useCallback(() => setRound((before) => before + 1), []);

  const next = async (reading: Reading): Promise<void> => {
    // Locations that the user may not read have none of the user's runs.
    const { value } = await reading.pages.next().catch((thrown) => {
      if (isHidden(thrown)) return { value: undefined };
      throw thrown;
    });
    for (const run of value?.items ?? []) known.current.set(keyOf(run), run);
    const last = value?.items.at(-1);
    // Larger pages start from the first again.
    if (last && timeOf(last) < reading.since) reading.since = timeOf(last);
    reading.isWhole = value?.cursor === undefined;
  };

  useEffect(() => {
    const abort = new AbortController();
    const { signal } = abort;
    known.current = new Map();
    const begin = (limit: number, before: readonly Reading[] = []): Reading[] =>
      locations.map((executorLocation, at) => ({
        pages: api.runs.list({ executorLocation, limit, signal }).pages(),
        since: before[at]?.since ?? '~',
        isWhole: before[at]?.isWhole ?? false,
      }));

    /** Runs that still run or wait, even if they were bound before the loaded pages. */
    const findLive = async (executorLocation: string, state: 'running' | 'bound'): Promise<void> => {
      let count = 0;
      for await (const page of api.runs.list({ executorLocation, state, limit: PAGE, signal }).pages()) {
        for (const run of page.items) known.current.set(keyOf(run), run);
        count += 1;
        if (count === MOST_PAGES) return;
      }
    };

    const read = async (): Promise<void> => {
      readings.current = begin(FIRST);
      await Promise.all(readings.current.map(next));
      setLoading(false);
      show();
      const unread = locations.filter((_, at) => !readings.current[at]?.isWhole);
      // Loads the whole last day in larger pages; loaded runs stay visible meanwhile.
      const dayAgo = new Date(Date.now() - DAY_MS).toISOString();
      readings.current = begin(PAGE, readings.current);
      await Promise.all(
        readings.current.map(async (reading) => {
          for (let count = 0; count < MOST_PAGES && !reading.isWhole && reading.since > dayAgo; count += 1)
            await next(reading);
        }),
      );
      show();
      await Promise.all(unread.flatMap((name) => [findLive(name, 'running'), findLive(name, 'bound')]));
      show();
    };

    /** Updates an executor's runs from its composition. */
    const readAnew = async (executorId: string, reading: AbortSignal): Promise<void> => {
      const query = { fields: ['composition'], signal: reading };
      const found = await api.elements.read(executorId, query).catch((thrown) => {
        if (isHidden(thrown)) return undefined;
        throw thrown;
      });
      for (const [key, run] of known.current) if (run.executorId === executorId) known.current.delete(key);
      for (const run of tasksOf(found?.composition)) if (run.attempt > 0) known.current.set(keyOf(run), run);
    };

    const changed = new Set<string>();
    let isReading = false;
    /** One read after another, so that an older answer never replaces a newer one. */
    const refresh = async (): Promise<void> => {
      isReading = true;
      try {
        while (changed.size > 0 && !signal.aborted) {
          await sleep(GATHER_MS, signal);
          const ids = [...changed];
          changed.clear();
          const reading = () => inParallel(ids, READS, signal, readAnew);
          await outlasting(reading, () => {}, signal);
          show();
        }
      } finally {
        isReading = false;
      }
    };

    const follow = async (): Promise<void> => {
      const { after } = await api.events.page({ after: 'latest', limit: 1, signal });
      await read();
      for await (const { event } of api.events.watch({ after, signal })) {
        const { composition } = event.detail as { composition?: { executorId?: string } };
        const executorId = composition?.executorId;
        if (executorId === undefined || !locations.includes(partsOfId(executorId).location)) continue;
        changed.add(executorId);
        if (!isReading) refresh().catch(failed);
      }
    };
    const failed = (thrown: Error): void => {
      if (signal.aborted) return;
      setError(thrown);
      setLoading(false);
    };
    setError(undefined);
    setLoading(true);
    follow().catch(failed);
    return () => abort.abort();
  }, [locations.join(' ')]);

  const unfinished = readings.current.filter(({ isWhole }) => !isWhole);
  const horizon =
    unfinished
      .map(({ since }) => since)
      .sort()
      .at(-1) ?? '';
  // Typing into a filter must not sort all runs again.
  const runs = useMemo(
    () =>
      [...known.current.values()]
        .filter((run) => run.state === 'running' || run.state === 'bound' || timeOf(run) >= horizon)
        .sort((a, b) => (timeOf(a) < timeOf(b) ? 1 : -1)),
    [round, horizon, isLoading],
  );
  return {
    runs,
    isWhole: unfinished.length === 0,
    isLoading,
    hasDay: horizon < new Date(Date.now() - DAY_MS).toISOString(),
    error,
    more: () => void Promise.all(unfinished.map(next)).then(show, setError),
  };
};
