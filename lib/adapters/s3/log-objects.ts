import { setTimeout as sleep } from 'node:timers/promises';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { defined } from '../../defined.ts';
import type { LogFilter, LogReader, ReadOptions } from '../../execution/log-reader.ts';
import type { GatheringLimits, Line, LogSink, OpenLog } from '../../execution/log-sink.ts';
import { firstAborted } from '../../first-aborted.ts';
import { commandPatience, namingHost, orDestroy } from '../asked-host.ts';
import { keyOf, listLogObjects, prefixOf } from './log-key.ts';

/** The limits by which lines are gathered into one object, since S3 takes one request for each object. */
const GATHERED: GatheringLimits = { bytes: 2 ** 20, ms: 2_000 };
/** How often a following reader looks for new lines. */
const LOOK_MS = 1_000;
const LOG_URI = /^s3:\/\/([^/]+)\/(.*)$/s;

/** A client of a bucket in this region, or in the region of the environment. */
const clientOf = (region?: string): S3Client =>
  namingHost(
    new S3Client({
      ...commandPatience(30_000),
      ...defined({ region }),
      followRegionRedirects: true,
      forcePathStyle: process.env.AWS_ENDPOINT_URL_S3 !== undefined,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    }),
  );

/** A writer need not have the right to read; then the log keeps no marks. */
const orUnreadable = (error: { readonly $metadata?: { readonly httpStatusCode?: number } }) => {
  if (error.$metadata?.httpStatusCode === 403) return { Metadata: undefined };
  throw error;
};

/**
 * Output in objects of a bucket. Each object contains the raw lines of one write. Each stream of an attempt has
 * a folder with its objects in order: `<prefix><executor>/<task>/<attempt>/<stream>/0000000001.log`.
 */
export class LogObjects implements LogReader {
  /**
   * Opens the log of a plan. After a restart it continues behind the last object, which has its mark in its
   * metadata.
   */
  readonly open: OpenLog = async ({ id, spec: { s3 } }, attempt, stream): Promise<LogSink> => {
    if (!s3) throw new Error(`${id} is no log in S3`);
    const client = clientOf(s3.region);
    const prefix = prefixOf(s3.prefix ?? '', attempt, stream);
    let sequence = 1;
    const end = await orDestroy(client, async () => {
      for await (const object of listLogObjects(client, s3.bucket, prefix)) sequence = object.sequence + 1;
      if (sequence === 1) return undefined;
      const last = { Bucket: s3.bucket, Key: keyOf(prefix, sequence - 1) };
      const { Metadata } = await client.send(new HeadObjectCommand(last)).catch(orUnreadable);
      return Metadata?.mark;
    });
    return {
      uri: `s3://${s3.bucket}/${prefix}`,
      end,
      gathered: GATHERED,
      write: async (lines) => {
        const mark = lines.at(-1)?.mark;
        // S3 may have stored an object although the write failed; the next write replaces it.
        const command = new PutObjectCommand({
          Bucket: s3.bucket,
          Key: keyOf(prefix, sequence),
          Body: lines.map(({ text }) => `${text}\n`).join(''),
          ContentType: 'text/plain; charset=utf-8',
          ...defined({ Metadata: mark === undefined ? undefined : { mark } }),
        });
        await client.send(command);
        sequence += 1;
      },
      close: async () => client.destroy(),
    };
  };

  /** The lines of a stream; each has the time of its object. */
  async *read(uri: string, _: LogFilter, { follow, signal }: ReadOptions = {}): AsyncGenerator<Line, void> {
    const [, bucket = '', prefix = ''] = LOG_URI.exec(uri) ?? [];
    const client = clientOf();
    let last: string | undefined;
    try {
      for (;;) {
        const isLast = !follow || follow.aborted;
        for await (const { key, at } of listLogObjects(client, bucket, prefix, last)) {
          signal?.throwIfAborted();
          const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
          const text = (await Body?.transformToString()) ?? '';
          for (const line of text.split('\n').slice(0, -1)) yield { at, text: line };
          last = key;
        }
        signal?.throwIfAborted();
        if (isLast) return;
        await sleep(LOOK_MS, undefined, { signal: firstAborted(follow, signal) }).catch(() => {});
      }
    } finally {
      client.destroy();
    }
  }
}
