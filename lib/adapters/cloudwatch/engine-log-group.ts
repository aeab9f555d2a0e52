import {
  CloudWatchLogsClient,
  GetLogEventsCommand,
  type GetLogEventsCommandInput,
  type GetLogEventsCommandOutput,
} from '@aws-sdk/client-cloudwatch-logs';
import { defined } from '../../defined.ts';
import type { EngineLines, EngineLogs } from '../../output/engine-log.ts';
import { unavailableOf } from '../unavailable.ts';

/** A function answers at most 6 MB; this much JSON leaves room for the rest of the answer. */
const MOST_JSON = 4 * 2 ** 20;
/** How many events one request asks for, and how many empty pages the reader skips (GetLogEvents may answer some). */
const MOST_EVENTS = 10_000;
const MOST_EMPTY = 10;

const unavailable = unavailableOf('log of the engine');

const linesOf = ({ events = [] }: GetLogEventsCommandOutput): EngineLines['lines'] =>
  events.flatMap(({ timestamp = 0, message = '' }) =>
    message.split('\n').map((text) => ({ at: new Date(timestamp).toISOString(), text })),
  );

/**
 * Reads the log streams that the driver `awslogs` of ECS writes into one group. Endpoint, region and credentials
 * come from the environment.
 */
export class EngineLogGroup implements EngineLogs {
  readonly #client: CloudWatchLogsClient;
  readonly #group: string;

  constructor(group: string, client = new CloudWatchLogsClient({})) {
    this.#group = group;
    this.#client = client;
  }

  async after(log: string, place: string | undefined): Promise<EngineLines | undefined> {
    let at = place;
    for (let [empty, limit] = [0, MOST_EVENTS]; ; ) {
      const from = { startFromHead: true, ...defined({ nextToken: at }) };
      const page = await this.#page(log, { ...from, limit });
      if (page === 'foreign') return undefined;
      if (!page) return { lines: [], isEnd: true };
      const { nextForwardToken: next = '' } = page;
      const lines = linesOf(page);
      if (limit > 1 && JSON.stringify(lines).length > MOST_JSON) {
        limit = Math.ceil((page.events?.length ?? 1) / 8);
        continue;
      }
      // A stream has no more events for now if its token stays the same.
      const isEnd = next === at;
      empty += 1;
      if (lines.length > 0 || isEnd || empty === MOST_EMPTY) return { lines, place: next, isEnd };
      at = next;
    }
  }

  async latest(log: string, lines: number): Promise<EngineLines> {
    const page = await this.#page(log, { startFromHead: false, limit: lines });
    if (!page || page === 'foreign') return { lines: [], isEnd: true };
    return { lines: linesOf(page), ...defined({ place: page.nextForwardToken }), isEnd: true };
  }

  /**
   * Answers undefined if the log does not exist yet, and `foreign` for a token that is not of this log, or is
   * older than a day.
   */
  async #page(log: string, asked: Partial<GetLogEventsCommandInput>) {
    const command = new GetLogEventsCommand({
      logGroupName: this.#group,
      logStreamName: log,
      ...asked,
    });
    try {
      return await this.#client.send(command);
    } catch (error) {
      const { name } = error as Error;
      if (name === 'ResourceNotFoundException') return undefined;
      if (name === 'InvalidParameterException') return 'foreign';
      throw unavailable(error);
    }
  }
}
