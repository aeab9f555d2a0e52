import {
  type DynamoDBStreamsClient,
  ExpiredIteratorException,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ResourceNotFoundException,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { ShardPosition } from './checkpoint.ts';
import { lambdaRecord } from './stream-record.ts';

export interface DeliveryOptions {
  readonly handler: (event: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse | undefined>;
  readonly batchSize: number;
  /** Retries until a failing record is set aside; never by default. */
  readonly retryAttempts?: number | undefined;
  /** Age at which a failing record is set aside; never by default. */
  readonly maxRecordAgeSeconds?: number | undefined;
  /** The most milliseconds between retries; five seconds by default. */
  readonly maxBackoffMs?: number | undefined;
  /** Takes records that are set aside. If it throws, the record stays, and the function gets it again. */
  readonly onSetAside?: ((record: DynamoDBRecord) => void) | undefined;
  /** Called for every failure; prints to the console by default. */
  readonly report?: ((message: string, error?: unknown) => void) | undefined;
}

interface ShardOptions extends DeliveryOptions {
  readonly streams: DynamoDBStreamsClient;
  readonly streamArn: string;
  readonly id: string;
  readonly parentId: string | undefined;
  readonly position: ShardPosition | undefined;
}

const MAX_BACKOFF = 5_000;

/** One shard of a stream, read in order. The function gets records until it has handled them. */
export class Shard {
  readonly id: string;
  readonly parentId: string | undefined;
  readonly #options: ShardOptions;
  #position: ShardPosition;
  #iterator: string | undefined;
  /** Records that are read but not handled yet. */
  #pending: DynamoDBRecord[] = [];
  /** Records in the next call: fewer while one of them makes the function fail. */
  #batchSize: number;
  /** Failures since the position last moved. */
  #failures = 0;
  #retryAt = 0;

  constructor(options: ShardOptions) {
    this.id = options.id;
    this.parentId = options.parentId;
    this.#options = options;
    this.#position = options.position ?? {};
    this.#batchSize = options.batchSize;
  }

  get position(): ShardPosition {
    return this.#position;
  }

  /** The shard is closed, and all its records are handled or set aside. */
  get finished(): boolean {
    return this.#position.finished ?? false;
  }

  /** Reads more records if none are pending, and calls the function with a batch. Answers whether the position moved. */
  async advance(): Promise<boolean> {
    if (this.finished || Date.now() < this.#retryAt) return false;
    if (this.#pending.length === 0) await this.#read();
    if (this.#pending.length === 0) return this.finished;
    return this.#handOver();
  }

  async #read(): Promise<void> {
    const { streams, batchSize, streamArn } = this.#options;
    try {
      this.#iterator ??= await this.#requestIterator();
      const answer = await streams.send(
        new GetRecordsCommand({ ShardIterator: this.#iterator, Limit: batchSize }),
      );
      this.#pending = (answer.Records ?? []).map((record) => lambdaRecord(record, streamArn));
      this.#iterator = answer.NextShardIterator;
      if (!this.#iterator && this.#pending.length === 0) this.#position = { finished: true };
    } catch (error) {
      this.#iterator = undefined;
      if (error instanceof ExpiredIteratorException) return;
      if (error instanceof TrimmedDataAccessException) this.#position = {};
      else if (error instanceof ResourceNotFoundException) this.#position = { finished: true };
      else throw error;
    }
  }

  async #requestIterator(): Promise<string | undefined> {
    const { streams, streamArn } = this.#options;
    const { after } = this.#position;
    const start = after
      ? ({ ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: after } as const)
      : ({ ShardIteratorType: 'TRIM_HORIZON' } as const);
    const answer = await streams.send(
      new GetShardIteratorCommand({ StreamArn: streamArn, ShardId: this.id, ...start }),
    );
    return answer.ShardIterator;
  }

  async #handOver(): Promise<boolean> {
    const { handler, batchSize } = this.#options;
    const batch = this.#pending.slice(0, this.#batchSize);
    try {
      const handled = handledCount(batch, await handler({ Records: batch }));
      this.#batchSize = batchSize;
      if (handled > 0) this.#moveBy(handled);
      if (handled === batch.length) return true;
      reportFailure(
        this.#options,
        `the function did not handle ${batch.length - handled} of ${batch.length} records`,
      );
      return this.#failed(true) || handled > 0;
    } catch (error) {
      reportFailure(this.#options, `the function failed with ${batch.length} records`, error);
      // The failing record is unknown; halving the batch finds it, as in Lambda.
      this.#batchSize = Math.max(1, Math.floor(batch.length / 2));
      return this.#failed(batch.length === 1);
    }
  }

  /** Retries later, or sets the first pending record aside if it is the cause and has failed for too long. */
  #failed(isCulprit: boolean): boolean {
    const {
      retryAttempts = Infinity,
      maxRecordAgeSeconds = Infinity,
      maxBackoffMs,
      onSetAside,
    } = this.#options;
    const [record] = this.#pending;
    const createdAt = record?.dynamodb?.ApproximateCreationDateTime ?? Infinity;
    const isTooOld = Date.now() / 1000 - createdAt > maxRecordAgeSeconds;
    this.#failures += 1;
    if (record && isCulprit && (isTooOld || this.#failures > retryAttempts)) {
      try {
        onSetAside?.(record);
        reportFailure(
          this.#options,
          `record ${record.eventID} is set aside after ${this.#failures} failures`,
        );
        this.#moveBy(1);
        return true;
      } catch (error) {
        reportFailure(
          this.#options,
          `record ${record.eventID} cannot be set aside, and is tried again`,
          error,
        );
      }
    }
    this.#retryAt = Date.now() + backoff(this.#failures, maxBackoffMs);
    return false;
  }

  #moveBy(count: number): void {
    const after = this.#pending[count - 1]?.dynamodb?.SequenceNumber;
    if (after !== undefined) this.#position = { after };
    this.#pending = this.#pending.slice(count);
    this.#failures = 0;
  }
}

/** Reports a failure on the way of a change to its function. */
export function reportFailure(
  { report = console.error }: Pick<DeliveryOptions, 'report'>,
  message: string,
  error?: unknown,
): void {
  report(`stream: ${message}`, ...(error === undefined ? [] : [error]));
}

/** Milliseconds to wait after a number of failures in a row. */
export function backoff(failures: number, most = MAX_BACKOFF): number {
  return Math.min(most, 100 * 2 ** (failures - 1));
}

/** The number of records handled, from the first on; an error of the whole call fails the whole batch. */
function handledCount(batch: readonly DynamoDBRecord[], response: DynamoDBBatchResponse | undefined): number {
  const failures = response?.batchItemFailures ?? [];
  const positions = failures.map(({ itemIdentifier }) =>
    batch.findIndex((record) => record.dynamodb?.SequenceNumber === itemIdentifier),
  );
  return positions.length === 0 ? batch.length : Math.max(0, Math.min(...positions));
}
