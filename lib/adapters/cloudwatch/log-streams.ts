import { setTimeout as sleep } from 'node:timers/promises';
import {
  CloudWatchLogsClient,
  CreateLogStreamCommand,
  GetLogEventsCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { defined } from '../../defined.ts';
import type { LogFilter, LogReader, ReadOptions } from '../../execution/log-reader.ts';
import type { GatheringLimits, Line, LogSink, OpenLog } from '../../execution/log-sink.ts';
import { firstAborted } from '../../first-aborted.ts';
import { commandPatience, namingHost, orDestroy } from '../asked-host.ts';
import { batchesOf, eventsOf } from './log-events.ts';
import { formatLogUri, parseLogUri, streamNameOf } from './log-stream-name.ts';

/** The limits by which lines are gathered into one request, as the agents of CloudWatch do. */
const GATHERED: GatheringLimits = { bytes: 512 * 1024, ms: 1_000 };
/** How often a following reader looks for new lines. */
const LOOK_MS = 1_000;

const clientOf = (region?: string): CloudWatchLogsClient =>
  namingHost(new CloudWatchLogsClient({ ...commandPatience(), ...defined({ region }) }));

/** Output in CloudWatch Logs: a log stream for each stream of an attempt. */
export class LogStreams implements LogReader {
  /** Opens the log of a plan. Its group must exist. */
  readonly open: OpenLog = async ({ id, spec: { cloudwatch } }, attempt, stream): Promise<LogSink> => {
    if (!cloudwatch) throw new Error(`${id} is no log in CloudWatch`);
    const { group, region, streamPrefix } = cloudwatch;
    const client = clientOf(region);
    const name = streamNameOf(streamPrefix, attempt, stream);
    const place = { logGroupName: group, logStreamName: name };
    const uri = await orDestroy(client, async () => {
      await client.send(new CreateLogStreamCommand(place)).catch((error) => {
        if ((error as Error).name !== 'ResourceAlreadyExistsException') throw error;
      });
      return formatLogUri({ region: await client.config.region(), group, stream: name });
    });
    return {
      uri,
      gathered: GATHERED,
      write: async (lines) => {
        for (const batch of batchesOf(eventsOf(lines))) {
          await client.send(new PutLogEventsCommand({ ...place, logEvents: batch }));
        }
      },
      close: async () => client.destroy(),
    };
  };

  async *read(uri: string, _: LogFilter, { follow, signal }: ReadOptions = {}): AsyncGenerator<Line, void> {
    const { region, group, stream } = parseLogUri(uri);
    const client = clientOf(region);
    const place = { logGroupName: group, logStreamName: stream, startFromHead: true };
    let token: string | undefined;
    try {
      for (;;) {
        const isLast = !follow || follow.aborted;
        // A stream has no more events for now if its token stays the same (GetLogEvents).
        for (let former: string | undefined | null = null; former !== token; ) {
          signal?.throwIfAborted();
          former = token;
          const page = await client
            .send(new GetLogEventsCommand({ ...place, nextToken: token }))
            .catch((error: Error) => {
              if (error.name === 'ResourceNotFoundException') return undefined;
              throw error;
            });
          for (const { timestamp = 0, message = '' } of page?.events ?? []) {
            yield { at: new Date(timestamp).toISOString(), text: message };
          }
          token = page?.nextForwardToken ?? token;
        }
        if (isLast) return;
        await sleep(LOOK_MS, undefined, { signal: firstAborted(follow, signal) }).catch(() => {});
      }
    } finally {
      client.destroy();
    }
  }
}
