import { randomUUID } from 'node:crypto';
import {
  BatchGetItemCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { addedSteps } from './added-steps.ts';

/** By their names in middleware. */
const commands = {
  BatchGetItemCommand,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
};

type CommandName = keyof typeof commands;
type Input = Record<string, unknown>;
type Send = () => Promise<unknown>;

interface RecordedCall {
  readonly command: CommandName;
  readonly input: Input;
  /** Calls of one round are sent side by side. */
  readonly round: number;
}

/** The DynamoDB calls of an operation, in order, with their inputs. */
export type Recording = readonly RecordedCall[];

/** Records the calls of a client on request; otherwise it costs almost nothing. */
export class Recorder {
  #calls: RecordedCall[] | undefined;
  #endedRound = 0;

  constructor(client: DynamoDBClient) {
    addedSteps(client).add(
      (next, context) => (args) => {
        if (!this.#calls) return next(args);
        const round = this.#endedRound + 1;
        this.#calls.push({ command: context.commandName as CommandName, input: args.input as Input, round });
        return next(args).finally(() => {
          this.#endedRound = Math.max(this.#endedRound, round);
        });
      },
      { step: 'initialize', name: 'recordCalls' },
    );
  }

  /** The calls of an operation. */
  async record(operation: () => Promise<unknown>): Promise<Recording> {
    const calls: RecordedCall[] = [];
    this.#calls = calls;
    this.#endedRound = 0;
    try {
      await operation();
    } finally {
      this.#calls = undefined;
    }
    return calls;
  }
}

/** A copy with other names of elements, of the same length. */
const renamed = (value: unknown, from: string, to: string): unknown => {
  if (typeof value === 'string') return value.replaceAll(from, to);
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => renamed(each, from, to));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, renamed(each, from, to)]));
};

const toSend = (client: DynamoDBClient, { command, input }: RecordedCall, from: string, to: string): Send => {
  const copy = renamed(input, from, to) as Input;
  // With the old token the store would answer at once, as for a repeated request.
  if ('ClientRequestToken' in copy) copy.ClientRequestToken = randomUUID();
  const Command = commands[command] as typeof GetItemCommand;
  return () => client.send(new Command(copy as never));
};

/** Sends the recorded calls bare: only commands to the client, with prepared inputs. It replaces the element `from` by `to`. */
export const toBareCalls = (client: DynamoDBClient, recording: Recording, from: string, to: string): Send => {
  const rounds: Send[][] = [];
  for (const call of recording) {
    rounds[call.round - 1] = [...(rounds[call.round - 1] ?? []), toSend(client, call, from, to)];
  }
  return async () => {
    for (const round of rounds) await Promise.all(round.map((send) => send()));
  };
};
