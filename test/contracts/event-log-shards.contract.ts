import { beforeEach, describe, expect, it } from 'vitest';
import { BEGINNING, type Entering, type Logged } from '../../lib/event/event-log.ts';
import { locationsOf, ordererOf } from '../../lib/event/named.ts';
import { dies } from './dying.ts';
import { eventLogSealContract } from './event-log-seal.contract.ts';
import { binding, change, changes, EXECUTOR, eventIds, type Log, openLog, upTo } from './event-logs.ts';
import type { Engine } from './stores.ts';

const SHARDS = 8;
/** Elements of three locations, enough to use every shard. */
const IDS = upTo(60).map((nth) => `image://${['library', 'farm-images', 'other'][nth % 3]}/image-${nth}`);

/** Changes of many elements, in sequence for each, and of one composition in between. */
export const someEvents = (count: number, from = 1): Entering[] =>
  upTo(from + count - 1, from).map((nth) => {
    const id = IDS[nth % IDS.length] as string;
    return nth % 5 === 0 ? binding(nth, id) : change(nth, id);
  });

/** The events of each record, in their order. */
export const byRecord = (events: readonly Pick<Entering, 'event'>[]): Record<string, string[]> => {
  const records: Record<string, string[]> = {};
  for (const { event } of events) {
    const record = ordererOf(event);
    records[record] = [...(records[record] ?? []), event.detail.eventId];
  }
  return records;
};

const naming = (events: readonly Entering[], location: string): Entering[] =>
  events.filter(({ event }) => locationsOf(event).includes(location));

/** The contract of a log with several shards. */
export const eventLogShardsContract = (engine: Engine): void => {
  let log: Log;
  beforeEach(async () => {
    log = await openLog(engine.url(), SHARDS);
  });

  it.each([1, 7, 100, 1_000])(
    'has each event once, those of a record in order, in pages of %d',
    async (limit) => {
      const events = someEvents(limit === 1 ? 60 : 400);
      await log.add(events);
      await log.add(events.slice(10, 50));
      const { logged, place } = await log.read({ limit });
      expect(byRecord(logged)).toEqual(byRecord(events));
      expect(place).toEqual(await log.end(undefined));
      expect(place.positions.filter((position) => position > 0)).toHaveLength(SHARDS);
      expect(await log.history(EXECUTOR)).toHaveLength(events.length / 5);
    },
  );

  it('continues after any event, with all others and none of those before it', async () => {
    const events = someEvents(80);
    await log.add(events);
    const { logged } = await log.read({ limit: 30 });
    for (const [at, { place }] of logged.entries()) {
      const rest = await log.read({ from: place, limit: 30 });
      expect(new Set(eventIds(rest.logged))).toEqual(new Set(eventIds(logged.slice(at + 1))));
      expect(rest.logged).toHaveLength(logged.length - at - 1);
    }
  });

  it('returns events of about the same time together, from all shards', async () => {
    const events = changes(1, 1, IDS[1]).concat(...IDS.slice(2, 40).map((id, at) => change(at + 2, id)));
    const timed = events.map((each, at) => {
      const time = new Date(Date.UTC(2026, 0, 1, 0, 0, at)).toISOString();
      return { ...each, event: { ...each.event, detail: { ...each.event.detail, at: time } } } as Entering;
    });
    await log.add(timed);
    expect(eventIds((await log.read({ limit: 100 })).logged)).toEqual(eventIds(timed));
  });

  it('is consistent for concurrent writers of the same events, and a following reader misses none', async () => {
    const events = someEvents(240);
    const appenders = upTo(6).map(async (nth) => {
      // The events of a record in order, as in the stream; each writer has another share, and some events overlap.
      const own = events.filter(({ event }) => ordererOf(event).length % 3 === nth % 3);
      for (let from = 0; from < own.length; from += 20)
        await log.asking(SHARDS).add(own.slice(from, from + 20));
    });
    let written = false;
    const all: Logged[] = [];
    const local: Logged[] = [];
    const follow = async (to: Logged[], location?: string) => {
      let place = BEGINNING;
      for (let last = false; !last; ) {
        last = written;
        const read = await log.read({ from: place, limit: 9, ...(location ? { location } : {}) });
        to.push(...read.logged);
        ({ place } = read);
      }
    };
    const following = [follow(all), follow(local, 'farm')];
    await Promise.all(appenders);
    written = true;
    await Promise.all(following);
    expect(byRecord(all)).toEqual(byRecord(events));
    expect(byRecord(local)).toEqual(byRecord(naming(events, 'farm')));
  });

  describe('for the readers of a location', () => {
    it.each(['library', 'farm-images', 'farm', 'nowhere'])(
      'contains the events that name it, and no others: %s',
      async (location) => {
        const events = someEvents(200);
        await log.add(events);
        await log.add(events);
        const { logged, place } = await log.read({ location, limit: 20 });
        expect(byRecord(logged)).toEqual(byRecord(naming(events, location)));
        expect(place).toEqual(await log.end(location));
        await log.add([change(201, `image://${location}/new`), change(202, 'image://elsewhere/new')]);
        expect(eventIds((await log.read({ from: place })).logged)).toEqual(['c201.modified']);
      },
    );

    it.each([undefined, 'farm'])(
      'costs one request of half a unit for each shard without new events, and one more for each shard with some',
      async (location) => {
        const events = someEvents(200);
        await log.add(events);
        const requests: [string, unknown][] = [];
        const counted = log.intercepted((name, send, input) => {
          requests.push([name, input]);
          return send();
        });
        const end = await counted.end(location);
        requests.length = 0;
        const idle = await counted.after(end, 100, location);
        expect(idle).toEqual({ logged: [], place: end, isEnd: true });
        expect(requests.map(([name]) => name)).toEqual(['BatchGetItem']);
        const [input] = requests.map(([, each]) => each as { RequestItems: object });
        const [asked] = Object.values(input?.RequestItems ?? {});
        expect([asked.Keys.length, asked.ConsistentRead]).toEqual([SHARDS, false]);
        await log.add([binding(1_000, 'image://library/x'), change(1_001, EXECUTOR)]);
        requests.length = 0;
        const { logged, isEnd } = await counted.after(end, 100, location);
        // The executor and its composition are in one shard.
        expect([logged.length, isEnd]).toEqual([2, true]);
        expect(requests.map(([name]) => name)).toEqual(['BatchGetItem', 'Query']);
      },
    );
  });

  it('is read to its end, even if some shards have expired completely', async () => {
    await log.add(someEvents(120));
    const { positions, ...end } = await log.end(undefined);
    for (const shard of [0, 3, 5]) {
      for (const position of upTo(positions[shard] as number)) {
        await log.table.remove({ pk: `log/${shard}#0`, sk: String(position).padStart(16, '0') });
      }
    }
    const kept = positions.filter((_, shard) => ![0, 3, 5].includes(shard)).reduce((a, b) => a + b);
    for (const limit of [1, 4, 500]) {
      const { logged, place } = await log.read({
        from: { ...end, positions: positions.map(() => 0) },
        limit,
      });
      expect([logged.length, place.positions]).toEqual([kept, positions]);
    }
  });

  it('has no partial batches, wherever its writer is killed, and is complete after a retry', async () => {
    const events = someEvents(60);
    let deaths = 0;
    for (let calls = 0; ; calls += 3) {
      log = await openLog(engine.url(), SHARDS);
      if (!(await dies(log, (doomed) => doomed.add(events), calls))) break;
      deaths += 1;
      const { logged, place } = await log.read();
      const farm = (await log.read({ location: 'farm' })).logged;
      const ofFarm = naming(events, 'farm').filter(({ event }) =>
        eventIds(logged).includes(event.detail.eventId),
      );
      expect(place.positions.reduce((a, b) => a + b)).toBe(logged.length);
      expect(byRecord(farm)).toEqual(byRecord(ofFarm));
      expect(await log.history(EXECUTOR)).toHaveLength(ofFarm.length);
      await log.add(events);
      expect(byRecord((await log.read()).logged)).toEqual(byRecord(events));
    }
    expect(deaths).toBeGreaterThan(3);
  });

  it('accepts only its own positions', async () => {
    await log.add(someEvents(40));
    const end = await log.end(undefined);
    const other = await openLog(engine.url(), SHARDS);
    await other.add(someEvents(40));
    expect(await log.has(end)).toBe(true);
    expect(await log.has(await log.end('farm'))).toBe(true);
    expect(await log.has(BEGINNING)).toBe(true);
    expect(await log.has({ positions: [1] })).toBe(false);
    expect(await log.has({ ...end, positions: end.positions.slice(1) })).toBe(false);
    expect(await log.has({ ...end, positions: [...end.positions, 0] })).toBe(false);
    expect(await log.has(await other.end(undefined))).toBe(false);
  });

  describe('that were added after the log was made', () => eventLogSealContract(engine));
};
