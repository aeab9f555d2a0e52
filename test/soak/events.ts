import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startBus } from '../../infra/local/bus.ts';
import { localEnvironment } from '../../infra/local/client-config.ts';
import { environmentNames, eventBusName, LOG_SHARDS, rules } from '../../infra/wiring.ts';
import { Table } from '../../lib/adapters/dynamodb/engine/table.ts';
import { EventLogTable } from '../../lib/adapters/dynamodb/event-log-table.ts';
import { startFaultProxy } from '../faults/proxy.ts';
import { type Chances, type Mishap, seededRandom, seededScript } from '../faults/script.ts';
import { PATIENCE } from '../patience.ts';
import { type Expected, LOCATION, startChanges } from './changes.ts';
import { startDoomedReader } from './doomed-reader.ts';
import { startHearing } from './hearing.ts';
import { readLog, sizeOf } from './log.ts';
import { connect, newTable } from './service.ts';

export interface EventsOptions {
  readonly dynamodbUrl: string;
  readonly changes: number;
  readonly seed: number;
  /** No change is made later. */
  readonly until?: number;
}

interface Told {
  /** Events that arrived, each counted once. */
  readonly events: number;
  /** Repeated deliveries, which were recognised. */
  readonly repeats: number;
  /** Revisions that never arrived. */
  readonly missing: readonly string[];
  /** Events out of the order of revisions, or handled twice. */
  readonly disorder: readonly string[];
  /** Changes that were set aside; one of them on purpose. */
  readonly setAside: number;
  /** Kills of the reader. */
  readonly kills: number;
}

export interface EventsFigures {
  readonly changes: number;
  readonly bus: Told;
  readonly log: Told;
  readonly mishaps: Readonly<Partial<Record<Mishap, number>>>;
}

const BUS_CHANCES: Chances = {
  events: {
    'lost answer': 0.04,
    'connection reset': 0.02,
    'lost request': 0.03,
    throttling: 0.03,
    'server error': 0.05,
    'slow answer': 0.005,
    'entries not taken': 0.25,
  },
};
/** In a storm, the publisher repeatedly fails and repeats a batch, with seconds between tries. */
const busStorms = (changes: number) => ({ every: Math.max(150, changes / 100), length: 12, factor: 5.5 });

const ENGINE_CHANCES: Chances = {
  stream: { 'lost answer': 0.005, 'lost request': 0.005, throttling: 0.005, 'server error': 0.005 },
  read: { 'lost answer': 0.02, throttling: 0.02, 'server error': 0.02 },
  transaction: {
    'lost answer': 0.05,
    'late request': 0.02,
    'connection reset': 0.02,
    'lost request': 0.03,
    throttling: 0.03,
    'server error': 0.05,
    'transaction conflict': 0.05,
  },
};
const ENGINE_STORMS = { every: 400, length: 20, factor: 3.5 };

/**
 * More than a storm makes a batch fail: an attempt reads and writes the heads of shards, so several may fail in one storm. A deployment has a
 * hundred; the unreadable change would take minutes with as many.
 */
const RETRY_ATTEMPTS = 10;
/** The share of the changes during kills of readers; a kill resets the count of retries. */
const UNDER_KILLS = 0.9;
const NEIGHBOURS = 1_000;
const SHARDS = 8;

const count = (expected: Expected): number =>
  [...expected.values()].reduce((sum, revision) => sum + revision, 0);

const sum = (counts: readonly Readonly<Partial<Record<Mishap, number>>>[]) => {
  const total: Partial<Record<Mishap, number>> = {};
  for (const [mishap, times] of counts.flatMap((each) => Object.entries(each) as [Mishap, number][])) {
    total[mishap] = (total[mishap] ?? 0) + times;
  }
  return total;
};

const missingFrom = (expected: Expected, last: ReadonlyMap<string, number>): string[] =>
  [...expected]
    .filter(([record, revision]) => last.get(record) !== revision)
    .map(([record, revision]) => `${record}: ${last.get(record) ?? 0} of ${revision} came`);

/** Waits until a number is reached, or has not changed for a long time. */
const waitFor = async (target: number, reached: () => number | Promise<number>): Promise<void> => {
  let [most, since] = [0, Date.now()];
  while (most < target && Date.now() - since < PATIENCE.timeout) {
    await sleep(100);
    const now = await reached();
    if (now > most) [most, since] = [now, Date.now()];
  }
};

/**
 * Makes many changes, while the readers of the stream are killed repeatedly and their calls fail. Checks that each revision of each element
 * reaches a consumer and the log once, and in order.
 */
export const runEvents = async ({
  dynamodbUrl,
  changes: wanted,
  seed,
  until = Number.POSITIVE_INFINITY,
}: EventsOptions): Promise<EventsFigures> => {
  const random = seededRandom(seed);
  const directory = mkdtempSync(join(tmpdir(), 'taskport-soak-'));
  const table = await newTable(dynamodbUrl);
  const logTable = `${table}-log`;
  const hearing = startHearing(seededRandom(seed + 1));
  const bus = await startBus({ rules: [...rules], targets: { log: hearing.deliver } });
  const scripts = [
    seededScript(seed, BUS_CHANCES, busStorms(wanted)),
    seededScript(seed, ENGINE_CHANCES, ENGINE_STORMS),
  ] as const;
  const proxies = await Promise.all([startFaultProxy(bus.url), startFaultProxy(dynamodbUrl)]);
  const [busProxy, engineProxy] = proxies;
  busProxy.follow(scripts[0]);
  engineProxy.follow(scripts[1]);
  const env = {
    ...localEnvironment,
    AWS_ENDPOINT_URL_EVENTBRIDGE: busProxy.url,
    AWS_ENDPOINT_URL_DYNAMODB: engineProxy.url,
    [environmentNames.bus]: eventBusName,
    [environmentNames.log]: logTable,
    [environmentNames.auditDays]: '400',
    [LOG_SHARDS]: String(SHARDS),
  };
  const settings = { streamUrl: engineProxy.url, table, directory, retryAttempts: RETRY_ATTEMPTS };
  const [publisher, auditor] = await Promise.all([
    startDoomedReader({ ...settings, name: 'publish' }, env),
    startDoomedReader({ ...settings, name: 'audit' }, env),
  ]);
  const changes = await startChanges(dynamodbUrl, table, random);
  const logClient = connect(dynamodbUrl);
  const log = new EventLogTable(new Table(logClient, logTable));
  try {
    const goOn = () => Date.now() < until;
    let changing = true;
    const isChanging = () => changing;
    const make = async (): Promise<number> => {
      const count = await changes.make(Math.floor(wanted * UNDER_KILLS), goOn);
      changing = false;
      return count;
    };
    const [underKills] = await Promise.all([
      make(),
      publisher.torment(random, isChanging),
      auditor.torment(random, isChanging),
    ]);
    await changes.poison();
    // The unreadable change needs neighbours, even if time is up.
    const left = goOn() ? wanted - underKills : Math.min(wanted - underKills, NEIGHBOURS);
    const made = underKills + (await changes.make(left, () => true));
    const events = count(changes.expected);
    await Promise.all([
      // The location is announced and logged as well.
      waitFor(events + 1, () => hearing.outcomes.handled),
      waitFor(events + 1, () => sizeOf(log)),
    ]);
    await hearing.settled();
    const [logged, ofLocation] = [await readLog(log), await readLog(log, LOCATION)];
    return {
      changes: made,
      bus: {
        // The location has one event, too.
        events: hearing.outcomes.handled - 1,
        repeats: hearing.outcomes.repeated,
        missing: missingFrom(changes.expected, hearing.last),
        disorder: hearing.disorder,
        setAside: publisher.setAside().length,
        kills: publisher.kills,
      },
      log: {
        events: logged.events - 1,
        repeats: 0,
        missing: [logged, ofLocation].flatMap(({ last }) => missingFrom(changes.expected, last)),
        disorder: [logged, ofLocation].flatMap(({ disorder }) => disorder),
        setAside: auditor.setAside().length,
        kills: auditor.kills,
      },
      mishaps: sum(scripts.map(({ counts }) => counts)),
    };
  } finally {
    await Promise.all([publisher.stop(), auditor.stop()]);
    changes.stop();
    logClient.destroy();
    for (const proxy of proxies) await proxy.stop();
    await bus.stop();
    rmSync(directory, { recursive: true, force: true });
  }
};
