import { isDeepStrictEqual } from 'node:util';
import { type ConsumedCapacity, type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { toImage } from '../../lib/adapters/dynamodb/stream-record.ts';
import { logTableSchema, type TableSchema, tableSchema } from '../../lib/adapters/dynamodb/table-schema.ts';
import { defined } from '../../lib/defined.ts';
import type { Change } from '../../lib/event/change.ts';
import { isObject } from '../../lib/is-object.ts';
import { addedSteps } from '../added-steps.ts';
import type { PartitionUnits } from './partition-units.ts';
import {
  keyOf,
  type NamedRow,
  partitionOf,
  queriedPartition,
  type Request,
  rowsRead,
  rowsWritten,
  timesIn,
} from './request-rows.ts';

type Image = Record<string, unknown> | undefined;

const schemaOf = (table: string, logTable: string): TableSchema =>
  table === logTable ? logTableSchema : tableSchema;
/**
 * Write units in the partitions of indexes: one if the entry is added, removed or updated, and one on each side if it moves (Developer Guide,
 * "Using Global Secondary Indexes", write units).
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

/** Write units of a row: one for each KB of its old or new image, whichever is larger. */
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
 * Records which units each request of a client takes of which partition. DynamoDB reports units by table and index. Another client reads the
 * written rows before and after, which tells the partitions of the indexes. Throws if the rows give another sum than DynamoDB reports.
 */
export class UnitRecorder {
  readonly #reader: DynamoDBClient;
  readonly #logTable: string;
  #units: PartitionUnits[] = [];
  #told = 0;

  constructor(client: DynamoDBClient, reader: DynamoDBClient, logTable: string) {
    this.#reader = reader;
    this.#logTable = logTable;
    addedSteps(client).add(
      (next, context) => async (args) => {
        const operation = (context.commandName ?? '').replace(/Command$/, '');
        const input = args.input as unknown as Request;
        const written = rowsWritten(operation, input);
        const before = await this.#images(written);
        const result = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'INDEXES' } });
        const after = await this.#images(written);
        const { ConsumedCapacity: consumed } = result.output as {
          ConsumedCapacity?: ConsumedCapacity | ConsumedCapacity[];
        };
        this.#take(operation, input, written, [before, after], [consumed ?? []].flat());
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

  /** The changes since the last operation began, as in the table's stream. */
  readonly changes: Change[] = [];

  /** The units of an operation. */
  async record(operation: () => Promise<unknown>): Promise<readonly PartitionUnits[]> {
    this.#units = [];
    this.changes.length = 0;
    await operation();
    return this.#units;
  }

  async #images(rows: readonly NamedRow[]): Promise<Image[]> {
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
    operation: string,
    input: Request,
    written: readonly NamedRow[],
    [before, after]: readonly [Image[], Image[]],
    consumed: readonly ConsumedCapacity[],
  ): void {
    const counted = consumed.reduce((sum, each) => sum + unitsOf(each), 0);
    // DynamoDB Local counts nothing for an empty result; AWS charges the minimum of a query.
    const least = operation === 'Query' ? (input.ConsistentRead ? 1 : 0.5) : 0;
    const total = Math.max(counted, least);
    const taken =
      written.length > 0
        ? this.#writes(operation, written, before, after)
        : this.#reads(operation, input, total);
    const sum = taken.reduce((all, { reads, writes }) => all + reads + writes, 0);
    // For transactions DynamoDB Local counts index writes twice, although they follow later, and all rows of a table without an index as one.
    if (timesIn(operation) === 1 && sum !== total) {
      throw new Error(`${operation} takes ${total} units, and ${sum} by its rows: ${JSON.stringify(taken)}`);
    }
    this.#units.push(...taken);
  }

  #writes(
    operation: string,
    written: readonly NamedRow[],
    before: Image[],
    after: Image[],
  ): PartitionUnits[] {
    return written.flatMap((row, at) => [
      {
        of: this.#nameOf(row),
        key: partitionOf(row),
        reads: 0,
        writes: timesIn(operation) * rowUnits(before[at], after[at]),
      },
      ...indexWrites(schemaOf(row.TableName, this.#logTable), before[at], after[at]),
    ]);
  }

  #reads(operation: string, input: Request, total: number): PartitionUnits[] {
    if (operation === 'Query') {
      return [
        { of: input.IndexName ?? this.#nameOf(input), key: queriedPartition(input), reads: total, writes: 0 },
      ];
    }
    const rows = rowsRead(operation, input);
    // Rows are read whole, and none exceeds the 4 KB of a unit.
    const reads = operation === 'TransactGetItems' ? timesIn(operation) : total / rows.length;
    return rows.map((row) => ({ of: this.#nameOf(row), key: partitionOf(row), reads, writes: 0 }));
  }

  #nameOf({ TableName }: NamedRow): string {
    return TableName === this.#logTable ? 'log' : 'table';
  }
}
