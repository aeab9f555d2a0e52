import type { S3Client } from '@aws-sdk/client-s3';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { parseId } from '../../element/id.ts';
import { parseMemberId } from '../../element/member-id.ts';
import type { Attempt } from '../../execution/attempt.ts';
import type { StreamName } from '../../execution/log-sink.ts';

/** Digits of a sequence number, so that names sort as the numbers do. */
const DIGITS = 10;

/** The prefix of the keys of objects that contain one stream of an attempt. */
export const prefixOf = (
  prefix: string,
  { executorId, taskId, attempt }: Attempt,
  stream: StreamName,
): string => {
  const [executor, task] = [parseId(executorId, 'executorId'), parseMemberId(taskId, 'taskId')];
  return `${prefix}${executor.location}/${executor.name}/${task.location}/${task.name}/${attempt}/${stream}/`;
};

export const keyOf = (prefix: string, sequence: number): string =>
  `${prefix}${String(sequence).padStart(DIGITS, '0')}.log`;

/** The number of an object of a stream; undefined if the key is not of that stream. */
const sequenceOf = (prefix: string, key: string): number | undefined => {
  const [, digits] = /^(\d{10})\.log$/.exec(key.slice(prefix.length)) ?? [];
  return digits === undefined ? undefined : Number(digits);
};

export interface LogObject {
  readonly key: string;
  readonly sequence: number;
  /** When it was written; RFC 3339, UTC. */
  readonly at: string;
}

/** The objects of a stream after a key, in their order. */
export async function* listLogObjects(
  client: S3Client,
  bucket: string,
  prefix: string,
  after?: string,
): AsyncGenerator<LogObject, void> {
  let last = after;
  for (;;) {
    const { Contents = [], IsTruncated } = await client.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, StartAfter: last }),
    );
    for (const { Key = '', LastModified } of Contents) {
      last = Key;
      const sequence = sequenceOf(prefix, Key);
      if (sequence !== undefined)
        yield { key: Key, sequence, at: (LastModified ?? new Date(0)).toISOString() };
    }
    if (!IsTruncated || Contents.length === 0) return;
  }
}
