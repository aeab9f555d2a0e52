import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import { addedSteps } from './added-steps.ts';

/** The calls to storage: how many, how many of them in sequence, and the units that DynamoDB counted. */
export interface Usage {
  readonly roundTrips: number;
  readonly calls: number;
  readonly readUnits: number;
  readonly writeUnits: number;
}

interface Consumed {
  readonly CapacityUnits?: number;
}

const NONE: Usage = { roundTrips: 0, calls: 0, readUnits: 0, writeUnits: 0 };
const READS = /^(Get|BatchGet|TransactGet|Query|Scan)/;

/** Counts the requests of clients in their middleware: exactly, and for all callers. */
export class Meter {
  #usage = NONE;
  /** The latest round that has ended. A call that begins now may depend on it, so it belongs to the next round. */
  #endedRound = 0;

  /** Counts the calls of a client. */
  watch(client: DynamoDBClient | S3Client): void {
    const steps = addedSteps(client);
    const rounds = new WeakMap<object, number>();
    // Calls sent side by side belong to one round, however long each takes to sign.
    steps.add(
      (next, context) => (args) => {
        rounds.set(context, this.#endedRound + 1);
        return next(args);
      },
      { step: 'initialize', priority: 'high', name: 'beginCalls' },
    );
    // The innermost step, because a presigned URL passes the outer ones without a request.
    steps.add(
      (next, context) => async (args) => {
        const round = rounds.get(context) as number;
        const { calls, roundTrips } = this.#usage;
        this.#usage = { ...this.#usage, calls: calls + 1, roundTrips: Math.max(roundTrips, round) };
        try {
          return await next(args);
        } finally {
          this.#endedRound = Math.max(this.#endedRound, round);
        }
      },
      { step: 'deserialize', priority: 'low', name: 'countCalls' },
    );
  }

  /** Lets DynamoDB report the consumed units of each call, indexes included, and sums them. */
  weigh(client: DynamoDBClient): void {
    addedSteps(client).add(
      (next, context) => async (args) => {
        const result = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } });
        const { ConsumedCapacity = [] } = result.output as { ConsumedCapacity?: Consumed | Consumed[] };
        const units = [ConsumedCapacity].flat().reduce((sum, each) => sum + (each.CapacityUnits ?? 0), 0);
        const counter = READS.test(context.commandName ?? '') ? 'readUnits' : 'writeUnits';
        this.#usage = { ...this.#usage, [counter]: this.#usage[counter] + units };
        return result;
      },
      { step: 'initialize', name: 'weighCalls' },
    );
  }

  /** The storage calls of one operation. */
  async measure(operation: () => Promise<unknown>): Promise<Usage> {
    this.#usage = NONE;
    this.#endedRound = 0;
    await operation();
    return this.#usage;
  }
}
