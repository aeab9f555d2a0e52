import {
  duePartitions,
  edgePartitions,
  LIST_SHARDS,
  runPartitions,
  spaceKeys,
} from '../../lib/adapters/dynamodb/keys.ts';
import { tableSchema } from '../../lib/adapters/dynamodb/table-schema.ts';
import { DEFAULT_LOG_SHARDS } from '../../lib/event/event-log.ts';

/** Units that a request takes of one partition. DynamoDB limits units a second for each partition. */
export interface PartitionUnits {
  /** `table`, `log` (the table of events), or the name of an index. */
  readonly of: string;
  readonly key: string;
  readonly reads: number;
  readonly writes: number;
}

/** Units of one partition a second (Amazon DynamoDB Developer Guide, "Designing partition keys to distribute your workload"). */
export const READS_A_SECOND = 3_000;
export const WRITES_A_SECOND = 1_000;

/** Units that many calls of one operation, each on its own elements, take of shared partitions. */
export interface SharedPartitions {
  readonly of: string;
  /** The key, with `*` for the number of the partition if there are several. */
  readonly name: string;
  readonly partitions: number;
  /** Units of one of these partitions for one operation. */
  readonly reads: number;
  readonly writes: number;
}

/** Counts numbered partitions as one kind, because hashing spreads keys evenly over them. */
const nameOf = (key: string): string =>
  key
    .replace(/^log\/\d+/, 'log/*')
    .replace(/#\d+$/, '#*')
    .replace(/^space#[^#]*$/, '$&#*');

/** Partitions of the log's events. Each takes 250 events and no more: fewer units than its limit for one second. */
const isFilledOnce = ({ of, key }: PartitionUnits): boolean => of === 'log' && /^log\/.*#\d+$/.test(key);

/** The indexes for lists, without that of due rows. */
const LISTS = new Set(tableSchema.indexes.map(({ name }) => name).filter((name) => name !== 'by-due'));

/** The number of such partitions, because a few operations may not touch all. */
const partitionCount = (of: string, name: string, met: number): number => {
  if (LISTS.has(of) && name.endsWith('#*')) return LIST_SHARDS;
  if (name.startsWith('due#')) return duePartitions().length;
  if (name.startsWith('runs#')) return runPartitions('').length;
  if (name.startsWith('log/*')) return DEFAULT_LOG_SHARDS;
  if (name.startsWith('space#')) return spaceKeys({ name: '', createdAt: '' }).length;
  return name.startsWith('edges#') ? edgePartitions('').length : met;
};

/**
 * The partitions that operations share. `lists` has one list for each operation, and one for each request made for several operations. `times` is
 * the number of operations.
 */
export const sharedPartitions = (
  lists: readonly (readonly PartitionUnits[])[],
  times: number,
): SharedPartitions[] => {
  const found = new Map<string, { keys: Set<string>; users: Set<number>; reads: number; writes: number }>();
  for (const [user, units] of lists.entries()) {
    for (const { of, key, reads, writes } of units.filter((each) => !isFilledOnce(each))) {
      const id = JSON.stringify([of, nameOf(key)]);
      const entry = found.get(id) ?? { keys: new Set(), users: new Set(), reads: 0, writes: 0 };
      found.set(id, entry);
      entry.keys.add(key);
      entry.users.add(user);
      entry.reads += reads;
      entry.writes += writes;
    }
  }
  return [...found].flatMap(([id, { keys, users, reads, writes }]) => {
    // One operation has events of at most two members.
    if (users.size <= 2) return [];
    const [of = '', name = ''] = JSON.parse(id) as string[];
    const partitions = partitionCount(of, name, keys.size);
    const share = times * partitions;
    return [
      {
        of,
        name,
        partitions,
        reads: reads / share,
        writes: writes / share,
      },
    ];
  });
};

/** The share of a partition's limit that one operation a second takes. */
export const loadOf = ({ reads, writes }: Pick<PartitionUnits, 'reads' | 'writes'>): number =>
  Math.max(reads / READS_A_SECOND, writes / WRITES_A_SECOND);
