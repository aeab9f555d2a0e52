import { duePartitions, edgePartitions, spaceKeys } from '../../lib/adapters/dynamodb/keys.ts';

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

/** Partitions that a number at the end tells apart are taken together: what is hashed is spread evenly over them. */
const nameOf = (key: string): string => key.replace(/#\d+$/, '#*').replace(/^space#[^#]*$/, '$&#*');

/** How many there are, of those that a few operations need not meet all of. */
const partitionCount = (name: string, met: number): number => {
  if (name.startsWith('due#')) return duePartitions().length;
  if (name.startsWith('space#')) return spaceKeys({ name: '', createdAt: '' }).length;
  return name.startsWith('edges#') ? edgePartitions('').length : met;
};

/** The partitions that more than one of the operations use; each list is what one operation took. */
export const sharedPartitions = (operations: readonly (readonly PartitionUnits[])[]): SharedPartitions[] => {
  const found = new Map<string, { keys: Set<string>; users: Set<number>; reads: number; writes: number }>();
  for (const [user, units] of operations.entries()) {
    for (const { of, key, reads, writes } of units) {
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
    if (users.size < 2) return [];
    const [of = '', name = ''] = JSON.parse(id) as string[];
    const partitions = partitionCount(name, keys.size);
    const share = operations.length * partitions;
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
