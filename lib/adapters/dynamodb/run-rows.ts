import { isDeepStrictEqual } from 'node:util';
import type { Composition } from '../../composition/composition.ts';
import type { RunsQuery } from '../../composition/composition-store.ts';
import type { ListedRun } from '../../composition/listed-run.ts';
import { runsOf } from '../../composition/placed-run.ts';
import { defined } from '../../defined.ts';
import { homeOf } from '../../element/member-id.ts';
import type { Page } from '../../page.ts';
import { type Clause, unconditional } from './engine/clause.ts';
import type { Item } from './engine/expression.ts';
import type { Table } from './engine/table.ts';
import { runKey, runPartitions } from './keys.ts';
import { shareOf } from './page-share.ts';

const rowsOf = (composition: Composition | undefined) =>
  new Map(
    runsOf(composition).map(({ run, place }) => [
      place,
      { key: runKey(homeOf(run.executorId).location, place), run },
    ]),
  );

/**
 * The clauses that keep the list of runs in step with a composition, in the same transaction. They need no
 * condition of their own: a row repeats the composition, and no other operation writes it. A run from an earlier
 * version gets its row with its next change.
 */
export const runClauses = (former: Composition | undefined, composition: Composition): Clause[] => {
  const [before, now] = [rowsOf(former), rowsOf(composition)];
  const gone = [...before].filter(([place]) => !now.has(place));
  const changed = [...now].filter(([place, { run }]) => !isDeepStrictEqual(before.get(place)?.run, run));
  return [
    ...gone.map(([, { key }]) => unconditional({ remove: key })),
    ...changed.map(([, { key, run }]) =>
      unconditional({ put: { ...key, row: 'run', run: JSON.stringify(run) } }),
    ),
  ];
};

const placeOf = (row: Item): string => row.sk as string;

/**
 * A page of the runs in a location, in one round trip. It reads no part twice, so the page may have fewer than
 * `limit` runs.
 */
export const listRuns = async (
  table: Table,
  { location, state, limit, after }: RunsQuery,
): Promise<Page<ListedRun>> => {
  const partitions = runPartitions(location);
  const options = { limit: shareOf(limit, partitions.length), descending: true };
  const from = after === undefined ? '' : ' AND sk < :after';
  const parts = await Promise.all(
    partitions.map((pk) =>
      table.query(
        { expression: `pk = :pk${from}`, values: defined({ ':pk': pk, ':after': after }) },
        options,
      ),
    ),
  );
  // Everything before this place has been read.
  const frontier = parts
    .flatMap(({ items, more }) => (more ? items.slice(-1).map(placeOf) : []))
    .sort()
    .at(-1);
  const seen = parts
    .flatMap(({ items }) => items)
    .filter((row) => frontier === undefined || placeOf(row) >= frontier)
    .sort((a, b) => (placeOf(a) > placeOf(b) ? -1 : 1));
  const found = seen.map((row) => ({ place: placeOf(row), run: JSON.parse(row.run as string) as ListedRun }));
  const wanted = found.filter(({ run }) => state === undefined || run.state === state).slice(0, limit);
  const isWhole = wanted.length < limit;
  const last = isWhole ? found.at(-1) : wanted.at(-1);
  const isLast = frontier === undefined && last === found.at(-1);
  return defined({ items: wanted.map(({ run }) => run), next: isLast ? undefined : last?.place });
};
