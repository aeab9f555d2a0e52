import { defined } from '../../defined.ts';
import type { ListItem } from '../../element/element.ts';
import type { ElementQuery } from '../../element/element-store.ts';
import { formatId, SCRATCH } from '../../element/id.ts';
import type { Page } from '../../page.ts';
import { indexedKey, listKey, scratchKey, slotsOf, stateKey, toListItem } from './element-item.ts';
import type { Expression, Item } from './engine/expression.ts';
import type { Table } from './engine/table.ts';
import { ELEMENT_ROW, elementPartition, listPartitions } from './keys.ts';
import { shareOf } from './page-share.ts';
import { slotIndex } from './table-schema.ts';

/** A list of elements: the partitions of an index that hold it, and the sort key that orders it. */
interface List {
  readonly index: string;
  readonly attribute: string;
  readonly partitions: readonly string[];
  readonly sort: 'name' | 'id';
}

interface ListRange {
  /** The prefix of the sort key. */
  readonly prefix?: string;
  readonly limit: number;
  /** The ID of the element after which the page begins. The element need not exist any more. */
  readonly after?: string | undefined;
}

/** The rows that were read of one partition, and where to continue if there are more. */
interface Lane {
  readonly partition: string;
  rows: Item[];
  startKey: Item | undefined;
}

/** Follows every character of a name and an ID. */
const BEHIND_NAMES = '~';
/** Characters of a page: DynamoDB does not answer more at once, and neither does Lambda. */
const MOST_CHARACTERS = 2 ** 20;

/** A range stands for the prefix, not `begins_with`, which ignores case in dynoxide 1.2.1. */
const conditionOf = ({ attribute, sort }: List, partition: string, prefix: string): Expression => ({
  expression: `#partition = :partition${prefix === '' ? '' : ' AND #sort BETWEEN :prefix AND :behind'}`,
  names: defined({ '#partition': attribute, '#sort': prefix === '' ? undefined : sort }),
  values: {
    ':partition': partition,
    ...(prefix === '' ? {} : { ':prefix': prefix, ':behind': prefix + BEHIND_NAMES }),
  },
});

/** The first rows that fit on a page: at most `limit`, and at most as many as one answer has room for. */
const fitting = (rows: readonly Item[], limit: number): Item[] => {
  let characters = 0;
  const end = rows.findIndex((row, at) => {
    characters += JSON.stringify(row).length;
    return at === limit || (at > 0 && characters > MOST_CHARACTERS);
  });
  return end === -1 ? [...rows] : rows.slice(0, end);
};

/**
 * A page of a list, and whether more may follow. It reads all partitions in parallel. If the rows of one end
 * before the page is full, it reads twice as many of that one, up to `limit` rows.
 */
const readList = async (
  table: Table,
  list: List,
  { prefix = '', limit, after }: ListRange,
): Promise<{ items: Item[]; more: boolean }> => {
  const { index, attribute, sort } = list;
  const placeOf = (row: Item): string => row[sort] as string;
  const start = (id: string, partition: string): Item => ({
    pk: elementPartition(id),
    sk: ELEMENT_ROW,
    [attribute]: partition,
    [sort]: sort === 'id' ? id : id.slice(id.lastIndexOf('/') + 1),
  });
  const lanes = list.partitions.map(
    (partition): Lane => ({
      partition,
      rows: [],
      startKey: after === undefined ? undefined : start(after, partition),
    }),
  );
  let behind = lanes;
  for (let asked = shareOf(limit, lanes.length); ; asked *= 2) {
    await Promise.all(
      behind.map(async (lane) => {
        const page = await table.query(
          conditionOf(list, lane.partition, prefix),
          defined({ index, limit: Math.min(asked, limit - lane.rows.length), startKey: lane.startKey }),
        );
        lane.rows.push(...page.items);
        lane.startKey = page.lastKey;
      }),
    );
    const found = lanes.flatMap(({ rows }) => rows).sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
    const items = fitting(found, limit);
    const isFull = items.length === limit || items.length < found.length;
    const end = isFull ? placeOf(items.at(-1) as Item) : undefined;
    behind = lanes.filter(({ rows, startKey }) => {
      const last = rows.at(-1);
      return startKey && !(end !== undefined && last && placeOf(last) >= end);
    });
    if (behind.length === 0)
      return { items, more: items.length < found.length || lanes.some(({ startKey }) => startKey) };
  }
};

const listOf = ({ location, equality }: ElementQuery): List => {
  const inShards = (index: string, attribute: string, key: string): List => ({
    index,
    attribute,
    partitions: listPartitions(key, location.listShards),
    sort: attribute === 'parentKey' ? 'id' : 'name',
  });
  if (equality === undefined) return inShards('by-name', 'listKey', listKey(location));
  if (equality.type === 'state') return inShards('by-state', 'stateKey', stateKey(location, equality.state));
  if (equality.type === 'parent') {
    const { id } = equality;
    return id === SCRATCH ? inShards('by-parent', 'parentKey', scratchKey(location)) : childrenOf(id);
  }
  const slot = slotsOf(location).findIndex(({ key }) => key === equality.key);
  const attribute = slotsOf(location)[slot]?.attribute as string;
  return inShards(slotIndex(slot), attribute, indexedKey(location, equality.key, equality.value));
};

/** The children of one element, of all locations. */
const childrenOf = (parentId: string): List => ({
  index: 'by-parent',
  attribute: 'parentKey',
  partitions: [parentId],
  sort: 'id',
});

const readPage = async (
  table: Table,
  list: List,
  range: ListRange,
  place: 'name' | 'id',
): Promise<Page<ListItem>> => {
  const { items: rows, more } = await readList(table, list, range);
  const items = rows.map(toListItem);
  return defined({ items, next: more ? items.at(-1)?.attributes[place] : undefined });
};

/** A page of a location's elements, in order of their names. */
export const listElements = (table: Table, query: ElementQuery): Promise<Page<ListItem>> => {
  const { location, namePrefix = '', limit, after } = query;
  const list = listOf(query);
  const idOf = (name: string) => formatId({ kind: location.kind, location: location.name, name });
  const range = {
    prefix: list.sort === 'id' ? idOf(namePrefix) : namePrefix,
    limit,
    after: after === undefined ? undefined : idOf(after),
  };
  return readPage(table, list, range, 'name');
};

/** A page of an element's children, in order of their IDs. */
export const listChildren = (table: Table, parentId: string, range: ListRange): Promise<Page<ListItem>> =>
  readPage(table, childrenOf(parentId), range, 'id');
