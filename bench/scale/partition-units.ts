import {
  duePartitions,
  edgePartitions,
  LIST_SHARDS,
  runPartitions,
  spaceKeys,
} from '../../lib/adapters/dynamodb/keys.ts';
import { tableSchema } from '../../lib/adapters/dynamodb/table-schema.ts';
import { DEFAULT_LOG_SHARDS } from '../../lib/event/event-log.ts';

/** What a request takes of one partition: units a second are what DynamoDB limits, for each partition by itself. */
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

/** What many of one operation, each on elements of its own, take of the partitions that they share. */
export interface SharedPartitions {
  readonly of: string;
  /** The key, with `*` for the number of the partition where there are several. */
  readonly name: string;
  readonly partitions: number;
  /** Units of one of these partitions for one operation. */
  readonly reads: number;
  readonly writes: number;
}

/** Partitions that a number tells apart are taken together: what is hashed is spread evenly over them. */
const nameOf = (key: string): string =>
  key
    .replace(/^log\/\d+/, 'log/*')
    .replace(/#\d+$/, '#*')
    .replace(/^space#[^#]*$/, '$&#*');

/** Partitions of the log's events: each takes 250 of them and no more, which are fewer units than it may take in a second. */
const isFilledOnce = ({ of, key }: PartitionUnits): boolean => of === 'log' && /^log\/.*#\d+$/.test(key);

/** The indexes of lists, but that of due rows. */
const LISTS = new Set(tableSchema.indexes.map(({ name }) => name).filter((name) => name !== 'by-due'));

/** How many there are, of those that a few operations need not meet all of. */
const partitionCount = (of: string, name: string, met: number): number => {
  if (LISTS.has(of) && name.endsWith('#*')) return LIST_SHARDS;
  if (name.startsWith('due#')) return duePartitions().length;
  if (name.startsWith('runs#')) return runPartitions('').length;
  if (name.startsWith('log/*')) return DEFAULT_LOG_SHARDS;
  if (name.startsWith('space#')) return spaceKeys({ name: '', createdAt: '' }).length;
  return name.startsWith('edges#') ? edgePartitions('').length : met;
};

/**
 * The partitions that are used again and again. What one operation took is a list of its own, and so is each request that was made for several.
 * `times` is how often the operation was made.
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
    // One operation tells of two members at the most.
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

/** The part of a partition's limit that one operation a second takes. */
export const loadOf = ({ reads, writes }: Pick<PartitionUnits, 'reads' | 'writes'>): number =>
  Math.max(reads / READS_A_SECOND, writes / WRITES_A_SECOND);
