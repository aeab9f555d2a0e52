import { randomUUID } from 'node:crypto';
import {
  BatchGetItemCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  type KeysAndAttributes,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { defined } from '../../../defined.ts';
import {
  conditional,
  type Expression,
  type Item,
  parameters,
  type RowKey,
  toAttributes,
  toTransactItem,
  type Write,
} from './expression.ts';
import { classify, isTooLarge, unavailable } from './failure.ts';
import { backOff, MAX_TRIES, retry } from './retry.ts';

/** The most writes of one transaction (DynamoDB, TransactWriteItems). */
export const MAX_WRITES = 100;
/** The most keys of one read (DynamoDB, BatchGetItem). */
const MAX_BATCH = 100;
/** The rows of elements that one snapshot reads together: a snapshot has at most 4 MB, a row 400 KB. */
export const READ_TOGETHER = 10;

/** The result of a conditional write: the row after it, or the row that failed its condition. */
export type Written =
  | { readonly ok: true; readonly item?: Item }
  | { readonly ok: false; readonly item?: Item };

/** The result of a transaction: for each write that failed, the row that failed its condition. */
export type Transacted =
  | { readonly ok: true }
  | { readonly ok: false; readonly failed: ReadonlyMap<number, Item | undefined> };

/**
 * One table, and what all its writes share: it retries conflicts and throttling with jitter, and repeats a write
 * whose answer got lost. The repeat knows that the first try may have been stored (`repeat`).
 */
export class Table {
  readonly #client: DynamoDBClient;
  readonly name: string;

  constructor(client: DynamoDBClient, name: string) {
    this.#client = client;
    this.name = name;
  }

  /** The row, read with strong consistency. */
  async get(key: RowKey): Promise<Item | undefined> {
    const command = new GetItemCommand({
      TableName: this.name,
      Key: toAttributes({ ...key }),
      ConsistentRead: true,
    });
    const { Item } = await retry(() => this.#client.send(command));
    return Item && unmarshall(Item);
  }

  /** The rows as they were at one moment, in the order of the keys; undefined for each that does not exist. */
  async getTogether(keys: readonly RowKey[]): Promise<(Item | undefined)[]> {
    const command = new TransactGetItemsCommand({
      TransactItems: keys.map((key) => ({ Get: { TableName: this.name, Key: toAttributes({ ...key }) } })),
    });
    const { Responses = [] } = await retry(() => this.#client.send(command));
    return Responses.map(({ Item }) => Item && unmarshall(Item));
  }

  /**
   * Those of the rows that exist, in no order, with all their attributes or the named ones. Eventually
   * consistent reads cost half.
   */
  async getMany(
    keys: readonly RowKey[],
    { attributes = [], consistent = true }: { attributes?: readonly string[]; consistent?: boolean } = {},
  ): Promise<Item[]> {
    const names = Object.fromEntries(attributes.map((attribute, at) => [`#a${at}`, attribute]));
    const asked = {
      ConsistentRead: consistent,
      ...(attributes.length > 0 && {
        ProjectionExpression: Object.keys(names).join(', '),
        ExpressionAttributeNames: names,
      }),
    };
    const found: Item[] = [];
    for (let from = 0; from < keys.length; from += MAX_BATCH)
      found.push(...(await this.#getBatch(keys.slice(from, from + MAX_BATCH), asked)));
    return found;
  }

  /** DynamoDB may leave keys of a batch unprocessed, as when an answer exceeds 16 MB. */
  async #getBatch(keys: readonly RowKey[], asked: Omit<KeysAndAttributes, 'Keys'>): Promise<Item[]> {
    const found: Item[] = [];
    let pending = keys.map((key) => toAttributes({ ...key }));
    for (let attempt = 1; ; attempt += 1) {
      const command = new BatchGetItemCommand({ RequestItems: { [this.name]: { ...asked, Keys: pending } } });
      const { Responses, UnprocessedKeys } = await retry(() => this.#client.send(command));
      found.push(...(Responses?.[this.name] ?? []).map((item) => unmarshall(item)));
      pending = UnprocessedKeys?.[this.name]?.Keys ?? [];
      if (pending.length === 0) return found;
      if (attempt >= MAX_TRIES) throw unavailable();
      await backOff(attempt);
    }
  }

  /** A page of rows, ascending by default; strongly consistent unless it reads an index. */
  async query(
    condition: Expression,
    options: { index?: string; limit?: number; startKey?: Item; descending?: boolean } = {},
  ): Promise<{ items: Item[]; more: boolean; lastKey?: Item }> {
    const input: QueryCommandInput = {
      TableName: this.name,
      KeyConditionExpression: condition.expression,
      ...parameters(condition),
      ...(options.index === undefined ? { ConsistentRead: true } : { IndexName: options.index }),
      ...defined({
        Limit: options.limit,
        ScanIndexForward: options.descending ? false : undefined,
        ExclusiveStartKey: options.startKey && toAttributes(options.startKey),
      }),
    };
    const { Items, LastEvaluatedKey } = await retry(() => this.#client.send(new QueryCommand(input)));
    return defined({
      items: (Items ?? []).map((item) => unmarshall(item)),
      more: LastEvaluatedKey !== undefined,
      lastKey: LastEvaluatedKey && unmarshall(LastEvaluatedKey),
    });
  }

  /** The rows of a query, page by page, to their end or as long as their reader goes on. */
  async *pages(condition: Expression, limit?: number): AsyncGenerator<Item[], void> {
    let startKey: Item | undefined;
    do {
      const { items, lastKey } = await this.query(condition, defined({ limit, startKey }));
      yield items;
      startKey = lastKey;
    } while (startKey);
  }

  /** Puts a row. Throws `tooLarge` if it exceeds the size of an item. */
  put(item: Item, condition?: Expression, tooLarge?: Error): Promise<Written> {
    const command = new PutItemCommand({
      TableName: this.name,
      Item: toAttributes(item),
      ...conditional(condition),
      ...parameters(condition),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    return this.#write(() => this.#client.send(command), tooLarge);
  }

  /** Deletes a row. */
  remove(key: RowKey, condition?: Expression): Promise<Written> {
    const command = new DeleteItemCommand({
      TableName: this.name,
      Key: toAttributes({ ...key }),
      ...conditional(condition),
      ...parameters(condition),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    return this.#write(() => this.#client.send(command));
  }

  /** Updates a row and answers it as it is after the update. Each try calls for its condition again. */
  update(
    key: RowKey,
    set: Expression,
    condition: (repeat: boolean) => Expression,
    tooLarge?: Error,
  ): Promise<Written> {
    return this.#write((repeat) => {
      const now = condition(repeat);
      const input: UpdateItemCommandInput = {
        TableName: this.name,
        Key: toAttributes({ ...key }),
        UpdateExpression: set.expression,
        ConditionExpression: now.expression,
        ...parameters(set, now),
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      };
      return this.#client.send(new UpdateItemCommand(input));
    }, tooLarge);
  }

  /** All of the writes or none. A repeat has the same token, so the store does not apply the writes twice. */
  async transact(writes: readonly Write[], tooLarge?: Error): Promise<Transacted> {
    const command = new TransactWriteItemsCommand({
      TransactItems: writes.map((write) => toTransactItem(this.name, write)),
      ClientRequestToken: randomUUID(),
    });
    try {
      await retry(() => this.#client.send(command));
      return { ok: true };
    } catch (error) {
      if (isTooLarge(error)) throw tooLarge ?? error;
      const failed = classify(error).failedConditions;
      if (!failed) throw error;
      return {
        ok: false,
        failed: new Map([...failed].map(([at, item]) => [at, item && unmarshall(item)])),
      };
    }
  }

  async #write(
    send: (repeat: boolean) => Promise<{ Attributes?: Record<string, never> | undefined } | object>,
    tooLarge?: Error,
  ): Promise<Written> {
    try {
      const answer = await retry(send);
      const attributes = 'Attributes' in answer ? answer.Attributes : undefined;
      return defined({ ok: true, item: attributes && unmarshall(attributes) });
    } catch (error) {
      if (isTooLarge(error)) throw tooLarge ?? error;
      const failed = classify(error).failedConditions;
      if (!failed) throw error;
      const item = failed.get(0);
      return defined({ ok: false, item: item && unmarshall(item) });
    }
  }
}
