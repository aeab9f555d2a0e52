import type { OperationName, Recorded } from './operations.ts';
import { loadOf } from './partition-units.ts';

/** A typical load of many users: operations in one second. */
export interface Load {
  readonly name: string;
  readonly meaning: string;
  readonly operations: Readonly<Partial<Record<OperationName, number>>>;
}

const times = (rate: number, operations: Load['operations']): Load['operations'] =>
  Object.fromEntries(Object.entries(operations).map(([name, each]) => [name, rate * each]));

export const loads: readonly Load[] = [
  {
    name: 'A CI farm',
    meaning:
      '1,000 starts a minute of a task on one image, each on an executor of its own that is deleted afterwards',
    operations: times(1_000 / 60, {
      'create of a task': 1,
      'create of an executor': 1,
      'open of a composition': 1,
      'join of one image': 1,
      'join of a task of its own': 1,
      'bind of everything': 1,
      plan: 1,
      'report that it runs': 1,
      'report that it ended': 1,
      'read of a composition': 10,
      'unbind of everything': 1,
      'leave of a task of its own': 1,
      'leave of one image': 1,
      'delete of an executor': 1,
      'delete of a task': 1,
    }),
  },
  {
    name: 'A fleet',
    meaning: 'callers create 100,000 executors within ten minutes, and join the same image to each',
    operations: times(100_000 / 600, {
      'create of an executor': 1,
      'open of a composition': 1,
      'join of one image': 1,
    }),
  },
  {
    name: 'An archive',
    meaning:
      '50 million elements in a thousand locations, and one page a second of each location; the figures are of one location',
    operations: { 'list page': 1 },
  },
];

/** The share of its limit that a load takes of each partition, the fullest first. */
export const partitionsUnder = (
  { operations }: Pick<Load, 'operations'>,
  recorded: Recorded,
): { readonly name: string; readonly part: number }[] => {
  const units = new Map<string, { reads: number; writes: number }>();
  for (const [operation, rate] of Object.entries(operations)) {
    for (const { of, name, reads, writes } of recorded[operation] ?? []) {
      const id = `${of}: ${name}`;
      const sum = units.get(id) ?? { reads: 0, writes: 0 };
      units.set(id, { reads: sum.reads + rate * reads, writes: sum.writes + rate * writes });
    }
  }
  return [...units]
    .map(([name, each]) => ({ name, part: loadOf(each) }))
    .sort((a, b) => b.part - a.part || (a.name < b.name ? -1 : 1));
};
