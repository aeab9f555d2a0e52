/**
 * The tables: their keys and indexes, as data. CDK declares them on AWS and the local host creates them on
 * the embedded engine, both from here, so the two cannot drift apart.
 */

/** How many metadata keys a location may index; each has an index of its own, sparse and free while unused. */
const INDEX_SLOTS = 10;

/** A table as data. */
export interface TableSchema {
  readonly partitionKey: string;
  readonly sortKey: string;
  readonly timeToLive: string;
  readonly indexes: readonly IndexSchema[];
  /** Whether the table has a stream, with both images. */
  readonly streams: boolean;
}

interface IndexSchema {
  readonly name: string;
  readonly partitionKey: string;
  readonly sortKey: string;
  /** Attributes projected besides the keys of table and index. */
  readonly include: readonly string[];
}

/** What a list item carries: the attributes and the indexed metadata. */
const LISTED = ['attributes', 'indexed'] as const;

export const slotAttribute = (slot: number): string => `x${slot}`;
export const slotIndex = (slot: number): string => `indexed-${slot}`;

const slots: IndexSchema[] = Array.from({ length: INDEX_SLOTS }, (_, slot) => ({
  name: slotIndex(slot),
  partitionKey: slotAttribute(slot),
  sortKey: 'name',
  include: LISTED,
}));

export const tableSchema: TableSchema = {
  partitionKey: 'pk',
  sortKey: 'sk',
  timeToLive: 'expiresAt',
  indexes: [
    { name: 'by-name', partitionKey: 'listKey', sortKey: 'name', include: LISTED },
    { name: 'by-state', partitionKey: 'stateKey', sortKey: 'name', include: LISTED },
    { name: 'by-parent', partitionKey: 'parentKey', sortKey: 'id', include: LISTED },
    { name: 'by-due', partitionKey: 'dueKey', sortKey: 'dueAt', include: ['row'] },
    ...slots,
  ],
  streams: true,
};

/** The table of the log of events: by position, and by what they are of. */
export const logTableSchema: TableSchema = {
  partitionKey: 'pk',
  sortKey: 'sk',
  timeToLive: 'expiresAt',
  indexes: [],
  streams: false,
};
