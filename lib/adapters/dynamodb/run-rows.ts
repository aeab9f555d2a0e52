import { isDeepStrictEqual } from 'node:util';
import type { Composition } from '../../composition/composition.ts';
import type { RunsPage, RunsQuery } from '../../composition/composition-store.ts';
import type { ListedRun } from '../../composition/listed-run.ts';
import { runsOf } from '../../composition/placed-run.ts';
import { defined } from '../../defined.ts';
import { homeOf } from '../../element/member-id.ts';
import { type Clause, unconditional } from './engine/clause.ts';
import type { Item } from './engine/expression.ts';
import type { Table } from './engine/table.ts';
import { runKey, runPartitions } from './keys.ts';

const rowsOf = (composition: Composition | undefined) =>
  new Map(
    runsOf(composition).map(({ run, place }) => [
      place,
      { key: runKey(homeOf(run.executorId).location, place), run },
    ]),
  );

/**
 * What a change of a composition changes of the list of runs, in the same transaction. Its conditions are the composition's: a row is what the composition
 * says, and nobody else writes it. Runs of before there were rows come with their next change.
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

/** What was read of one part of the list, and whether there is more. */
interface Lane {
  readonly at: number;
  readonly rows: readonly Item[];
  readonly more: boolean;
}

const placeOf = (row: Item): string => row.sk as string;

/** How many rows each part is asked for: its share of the page, three standard deviations of that, and one. */
const shareOf = (limit: number, parts: number): number => {
  const part = limit / parts;
  return Math.min(limit, Math.ceil(part + 3 * Math.sqrt(part)) + 1);
};

/** A page of the runs in a location, in one round trip: no part is read twice, so that it may be short of `limit`. */
export const listRuns = async (
  table: Table,
  { location, state, limit, after }: RunsQuery,
): Promise<RunsPage> => {
  const partitions = runPartitions(location);
  const begin = after ?? partitions.map(() => '');
  const lanes = await Promise.all(
    partitions.flatMap((pk, at) => {
      const from = begin[at] ?? '';
      if (from === '-') return [];
      const condition =
        from === ''
          ? { expression: 'pk = :pk', values: { ':pk': pk } }
          : { expression: 'pk = :pk AND sk < :from', values: { ':pk': pk, ':from': from } };
      const options = { limit: shareOf(limit, partitions.length), descending: true };
      return [table.query(condition, options).then(({ items, more }): Lane => ({ at, rows: items, more }))];
    }),
  );
  // What comes before all that was not read yet.
  const frontier = lanes
    .filter(({ more }) => more)
    .map(({ rows }) => placeOf(rows.at(-1) as Item))
    .sort()
    .at(-1);
  const seen = lanes
    .flatMap(({ at, rows }) =>
      rows.map((row) => ({ at, place: placeOf(row), run: JSON.parse(row.run as string) as ListedRun })),
    )
    .filter(({ place }) => frontier === undefined || place >= frontier)
    .sort((a, b) => (a.place > b.place ? -1 : 1));
  const items: ListedRun[] = [];
  const next = [...begin];
  let used = 0;
  for (const { at, place, run } of seen) {
    if (items.length === limit) break;
    used += 1;
    next[at] = place;
    if (state === undefined || run.state === state) items.push(run);
  }
  for (const { at, rows, more } of lanes) {
    const last = rows.at(-1);
    if (!more && (last === undefined || next[at] === placeOf(last))) next[at] = '-';
  }
  const isLast = used === seen.length && next.every((part) => part === '-');
  return defined({ items, next: isLast ? undefined : next });
};
