import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  type Shard as ShardDescription,
} from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';
import { Bell } from './bell.ts';
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import type { clientConfig } from './client-config.ts';
import { SetAside } from './set-aside.ts';
import { backoff, type DeliveryOptions, reportFailure, Shard } from './shard.ts';

export interface StreamOptions extends DeliveryOptions {
  readonly config: ReturnType<typeof clientConfig>;
  readonly tableName: string;
  /** The reader. Each reader has its own position. */
  readonly name: string;
  /** The directory of the position, and of changes that are set aside; without one, reading starts at the beginning of the stream. */
  readonly directory?: string | undefined;
}

export interface TableStream {
  /** Makes it read at once, because something changed. */
  wake(): void;
  /** Finishes the current batch, and stops. */
  stop(): Promise<void>;
}

/** Milliseconds between looks, and rounds without a change after which the reader looks less often, unless it is woken. */
const LOOK_MS = 150;
const QUIET_ROUNDS = 20;
const QUIET_LOOK_MS = 1_000;

/** Calls the handler with the changes of a table as Lambda would: in order for each item, and at least once. */
export function startStream(options: StreamOptions): TableStream {
  const stopped = new AbortController();
  const bell = new Bell();
  const file = fileOf(options, '-set-aside');
  const running = run(options, new SetAside(file, options), stopped.signal, bell);
  return {
    wake: () => bell.ring(),
    stop: () => {
      stopped.abort();
      return running;
    },
  };
}

async function run(options: StreamOptions, aside: SetAside, stopped: AbortSignal, bell: Bell): Promise<void> {
  const streams = new DynamoDBStreamsClient(options.config);
  const pause = (milliseconds: number) => sleep(milliseconds, undefined, { signal: stopped }).catch(() => {});
  // Its changes are older than those that the stream still has to give.
  await aside.redeliver(stopped);
  const delivery = { ...options, onSetAside: (record: DynamoDBRecord) => aside.keep(record) };
  let streamArn: string | undefined;
  let shards: readonly Shard[] = [];
  let outdated = true;
  let failures = 0;
  /** Rounds in a row that found no change. */
  let quiet = 0;
  while (!stopped.aborted) {
    try {
      streamArn ??= await latestStream(options);
      // A new shard only follows a closed one.
      if (outdated) shards = await listShards(delivery, streams, streamArn, shards);
      outdated = shards.every((shard) => shard.finished);
      let moved = false;
      for (const shard of shards) {
        if (stopped.aborted) break;
        if (parentOf(shard, shards)?.finished === false) continue;
        if (!(await shard.advance())) continue;
        moved = true;
        outdated ||= shard.finished;
        await save(options, streamArn, shards);
      }
      failures = 0;
      quiet = moved ? 0 : quiet + 1;
      if (!moved) await bell.wait(quiet > QUIET_ROUNDS ? QUIET_LOOK_MS : LOOK_MS, stopped);
    } catch (error) {
      failures += 1;
      reportFailure(options, 'it cannot be read', error);
      await pause(backoff(failures));
    }
  }
  streams.destroy();
}

async function latestStream({ config, tableName }: StreamOptions): Promise<string> {
  const client = new DynamoDBClient(config);
  try {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
    if (!Table?.LatestStreamArn) throw new Error(`table ${tableName} has no stream`);
    return Table.LatestStreamArn;
  } finally {
    client.destroy();
  }
}

/** Lists all shards of the stream. Known ones keep their state; others start at their checkpoint, or at their beginning. */
async function listShards(
  options: StreamOptions,
  streams: DynamoDBStreamsClient,
  streamArn: string,
  known: readonly Shard[],
): Promise<Shard[]> {
  const descriptions: ShardDescription[] = [];
  let last: string | undefined;
  do {
    const { StreamDescription } = await streams.send(
      new DescribeStreamCommand({ StreamArn: streamArn, ExclusiveStartShardId: last }),
    );
    descriptions.push(...(StreamDescription?.Shards ?? []));
    last = StreamDescription?.LastEvaluatedShardId;
  } while (last);

  const file = fileOf(options);
  const checkpoint = file ? await readCheckpoint(file) : undefined;
  const positions = checkpoint?.streamArn === streamArn ? checkpoint.shards : {};
  return descriptions.map(({ ShardId: id = '', ParentShardId: parentId }) => {
    const shard = known.find((candidate) => candidate.id === id);
    return shard ?? new Shard({ ...options, streams, streamArn, id, parentId, position: positions[id] });
  });
}

/** A shard is read after its parent, because the changes of an item may continue from one in the other. */
function parentOf(shard: Shard, shards: readonly Shard[]): Shard | undefined {
  return shards.find(({ id }) => id === shard.parentId);
}

async function save(options: StreamOptions, streamArn: string, shards: readonly Shard[]): Promise<void> {
  const file = fileOf(options);
  if (!file) return;
  const positions = Object.fromEntries(shards.map((shard) => [shard.id, shard.position]));
  await writeCheckpoint(file, { streamArn, shards: positions });
}

/** A file of this reader: its checkpoint, or the one with this end of its name. */
function fileOf({ directory, tableName, name }: StreamOptions, end = ''): string | undefined {
  return directory && join(directory, `${tableName}-${name}${end}.json`);
}
