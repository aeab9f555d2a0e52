import { json } from 'node:stream/consumers';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { expect, onTestFinished, test } from 'vitest';
import { clientConfig } from '../../infra/local/client-config.ts';
import { startStream } from '../../infra/local/stream.ts';
import { defined } from '../../lib/defined.ts';
import { startAnswering } from '../answering.ts';
import { eventually, freshDirectory } from './engine-setting.ts';

interface ScriptedShard {
  readonly parent?: string;
  readonly records: string[];
  closed: boolean;
}

/** A stream whose shards close on request, because the engines close theirs after hours. */
async function scriptedStream(shards: Record<string, ScriptedShard>): Promise<string> {
  const answers: Record<string, (request: Record<string, string>) => object> = {
    DescribeTable: () => ({ Table: { LatestStreamArn: 'arn:stream' } }),
    DescribeStream: () => ({
      StreamDescription: {
        Shards: Object.entries(shards).map(([ShardId, { parent }]) => ({ ShardId, ParentShardId: parent })),
      },
    }),
    GetShardIterator: ({ ShardId, SequenceNumber }) => ({
      ShardIterator: `${ShardId} ${SequenceNumber === undefined ? 0 : Number(SequenceNumber) + 1}`,
    }),
    GetRecords: ({ ShardIterator = '' }) => {
      const [id = '', from] = ShardIterator.split(' ');
      const { records, closed } = shards[id] as ScriptedShard;
      const read = records.slice(Number(from)).map((name, at) => ({
        eventID: name,
        dynamodb: { Keys: { pk: { S: name } }, SequenceNumber: String(Number(from) + at) },
      }));
      return defined({ Records: read, NextShardIterator: closed ? undefined : `${id} ${records.length}` });
    },
  };
  const { url, stop } = await startAnswering(async (request, response) => {
    const operation = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
    const body = (await json(request)) as Record<string, string>;
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify(answers[operation]?.(body)));
  });
  onTestFinished(stop);
  return url;
}

test('a shard is read after its parent has ended, and a new one is found when one closes', async () => {
  const parent: ScriptedShard = { records: ['a'], closed: false };
  const shards: Record<string, ScriptedShard> = {
    child: { parent: 'parent', records: ['c'], closed: false },
    parent,
  };
  const url = await scriptedStream(shards);
  const directory = freshDirectory();
  const seen: string[] = [];
  const handler = async (event: DynamoDBStreamEvent) =>
    void seen.push(...event.Records.map((r) => r.eventID ?? ''));
  const options = {
    config: clientConfig(url),
    tableName: 'things',
    name: 'reader',
    batchSize: 10,
    directory,
    handler,
  };
  const stream = startStream(options);
  onTestFinished(() => stream.stop());

  await eventually(() => seen.length === 1, 'the parent’s first record');
  parent.records.push('b');
  await eventually(() => seen.length === 2, 'the parent’s second record');
  shards.grandchild = { parent: 'child', records: ['d'], closed: false };
  parent.closed = true;
  await eventually(() => seen.length === 3, 'the child’s record');
  (shards.child as ScriptedShard).closed = true;
  await eventually(() => seen.length === 4, 'the grandchild’s record');
  expect(seen).toEqual(['a', 'b', 'c', 'd']);
  await stream.stop();

  shards.grandchild?.records.push('e');
  const again = startStream(options);
  onTestFinished(() => again.stop());
  await eventually(() => seen.length === 5, 'what came after the restart');
  expect(seen.at(-1)).toBe('e');
});
