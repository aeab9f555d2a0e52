import { isDeepStrictEqual } from 'node:util';
import {
  type AttributeValue,
  type ConsumedCapacity,
  type DynamoDBClient,
  GetItemCommand,
} from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { toImage } from '../../lib/adapters/dynamodb/stream-record.ts';
import { logTableSchema, type TableSchema, tableSchema } from '../../lib/adapters/dynamodb/table-schema.ts';
import { defined } from '../../lib/defined.ts';
import type { Change } from '../../lib/event/change.ts';
import { isObject } from '../../lib/is-object.ts';
import type { PartitionUnits } from './partition-units.ts';

type Key = Record<string, AttributeValue>;
type Image = Record<string, unknown> | undefined;
interface Keyed {
  readonly TableName: string;
  readonly Key?: Key;
  readonly Item?: Key;
}
interface Input extends Keyed {
  readonly IndexName?: string;
  readonly ConsistentRead?: boolean;
  readonly KeyConditionExpression?: string;
  readonly ExpressionAttributeValues?: Key;
  readonly RequestItems?: Readonly<Record<string, { readonly Keys: readonly Key[] }>>;
  readonly TransactItems?: readonly Readonly<Record<string, Keyed>>[];
}

const schemaOf = (table: string, logTable: string): TableSchema =>
  table === logTable ? logTableSchema : tableSchema;
const keyOf = ({ Key, Item }: Keyed): Key => {
  const { pk, sk } = (Key ?? Item) as { pk: AttributeValue; sk: AttributeValue };
  return { pk, sk };
};
const partitionOf = (keyed: Keyed): string => keyOf(keyed).pk?.S ?? '';

/** The rows that a request writes. */
const writesOf = (command: string, input: Input): readonly Keyed[] => {
  if (command === 'TransactWriteItemsCommand') return (input.TransactItems ?? []).flatMap(Object.values);
  return /^(Put|Update|Delete)Item/.test(command) ? [input] : [];
};

/**
 * What the write of a row takes of the partitions of indexes: a unit where it comes, goes or is told something else, and one on each side
 * where it moves (Developer Guide, "Using Global Secondary Indexes", write units).
 */
const indexWrites = (schema: TableSchema, before: Image, after: Image): PartitionUnits[] =>
  schema.indexes.flatMap((index) => {
    const place = (image: Image) =>
      image?.[index.partitionKey] === undefined || image[index.sortKey] === undefined
        ? undefined
        : [image[index.partitionKey] as string, image[index.sortKey]];
    const shown = (image: Image) => index.include.map((name) => image?.[name]);
    const [from, to] = [place(before), place(after)];
    const stays = isDeepStrictEqual(from, to);
    if (stays && (from === undefined || isDeepStrictEqual(shown(before), shown(after)))) return [];
    return (stays ? [to] : [from, to]).flatMap((at) =>
      at === undefined ? [] : [{ of: index.name, key: at[0] as string, reads: 0, writes: 1 }],
    );
  });

/** Bytes of a value as DynamoDB counts them (Developer Guide, "Item sizes and formats"). */
const sizeOf = (value: unknown): number => {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number') return Math.ceil(String(value).replace(/[-.]/g, '').length / 2) + 1;
  if (value instanceof Uint8Array) return value.length;
  if (Array.isArray(value)) return value.reduce((sum: number, each) => sum + sizeOf(each) + 1, 3);
  if (isObject(value))
    return Object.entries(value).reduce(
      (sum, [name, each]) => sum + Buffer.byteLength(name) + sizeOf(each) + 1,
      3,
    );
  return 1;
};

/** Write units of a row: one for each KB of what it was or is, whichever is larger. */
const rowUnits = (...images: readonly Image[]): number =>
  Math.max(
    1,
    ...images.map((image) =>
      Math.ceil(
        Object.entries(image ?? {}).reduce(
          (sum, [name, value]) => sum + Buffer.byteLength(name) + sizeOf(value),
          0,
        ) / 1024,
      ),
    ),
  );

const unitsOf = (capacity: { CapacityUnits?: number | undefined } | undefined): number =>
  capacity?.CapacityUnits ?? 0;

/**
 * Records, of every request of a client, what it takes of which partition. DynamoDB counts by table and index; the rows that are written are read
 * before and after by another client, and say which partitions of the indexes it is. Throws where a request comes to something else by its rows.
 */
export class UnitRecorder {
  readonly #reader: DynamoDBClient;
  readonly #logTable: string;
  #units: PartitionUnits[] = [];
  #told = 0;

  constructor(client: DynamoDBClient, reader: DynamoDBClient, logTable: string) {
    this.#reader = reader;
    this.#logTable = logTable;
    client.middlewareStack.add(
      (next, context) => async (args) => {
        const command = context.commandName ?? '';
        const input = args.input as unknown as Input;
        const written = writesOf(command, input);
        const before = await this.#images(written);
        const result = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'INDEXES' } });
        const after = await this.#images(written);
        const { ConsumedCapacity: consumed } = result.output as {
          ConsumedCapacity?: ConsumedCapacity | ConsumedCapacity[];
        };
        this.#take(command, input, written, [before, after], [consumed ?? []].flat());
        for (const [at, { TableName }] of written.entries()) {
          if (TableName === logTable || isDeepStrictEqual(before[at], after[at])) continue;
          const [from, to] = [before[at], after[at]];
          this.changes.push(
            defined({ id: `c${++this.#told}`, before: from && toImage(from), after: to && toImage(to) }),
          );
        }
        return result;
      },
      { step: 'initialize', name: 'recordUnits' },
    );
  }

  /** The changes of the table that were recorded since the last operation began, as its stream tells them. */
  readonly changes: Change[] = [];

  /** What an operation takes. */
  async record(operation: () => Promise<unknown>): Promise<readonly PartitionUnits[]> {
    this.#units = [];
    this.changes.length = 0;
    await operation();
    return this.#units;
  }

  async #images(rows: readonly Keyed[]): Promise<Image[]> {
    return Promise.all(
      rows.map(async (row) => {
        const { Item } = await this.#reader.send(
          new GetItemCommand({ TableName: row.TableName, Key: keyOf(row), ConsistentRead: true }),
        );
        return Item && unmarshall(Item);
      }),
    );
  }

  #take(
    command: string,
    input: Input,
    written: readonly Keyed[],
    [before, after]: readonly [Image[], Image[]],
    consumed: readonly ConsumedCapacity[],
  ): void {
    const total = consumed.reduce((sum, each) => sum + unitsOf(each), 0);
    const taken =
      written.length > 0 ? this.#writes(command, written, before, after) : this.#reads(command, input, total);
    const sum = taken.reduce((all, { reads, writes }) => all + reads + writes, 0);
    // Of transactions DynamoDB Local counts index writes twice, though they follow later, and all rows of a table without an index as one.
    if (!command.startsWith('Transact') && sum !== total) {
      throw new Error(`${command} takes ${total} units, and ${sum} by its rows: ${JSON.stringify(taken)}`);
    }
    this.#units.push(...taken);
  }

  #writes(command: string, written: readonly Keyed[], before: Image[], after: Image[]): PartitionUnits[] {
    const times = command === 'TransactWriteItemsCommand' ? 2 : 1;
    return written.flatMap((row, at) => [
      {
        of: this.#nameOf(row),
        key: partitionOf(row),
        reads: 0,
        writes: times * rowUnits(before[at], after[at]),
      },
      ...indexWrites(schemaOf(row.TableName, this.#logTable), before[at], after[at]),
    ]);
  }

  #reads(command: string, input: Input, total: number): PartitionUnits[] {
    if (command === 'QueryCommand') {
      const [, value = ''] = /= (:\w+)/.exec(input.KeyConditionExpression ?? '') ?? [];
      return [
        {
          of: input.IndexName ?? this.#nameOf(input),
          key: input.ExpressionAttributeValues?.[value]?.S ?? '',
          reads: total,
          writes: 0,
        },
      ];
    }
    const rows: readonly Keyed[] =
      input.TransactItems?.flatMap(Object.values) ??
      (input.RequestItems
        ? Object.entries(input.RequestItems).flatMap(([TableName, { Keys }]) =>
            Keys.map((Key) => ({ TableName, Key })),
          )
        : [input]);
    const reads = command === 'TransactGetItemsCommand' ? 2 : total / rows.length;
    return rows.map((row) => ({ of: this.#nameOf(row), key: partitionOf(row), reads, writes: 0 }));
  }

  #nameOf({ TableName }: Keyed): string {
    return TableName === this.#logTable ? 'log' : 'table';
  }
}
