import { expect, it } from 'vitest';
import { BEGINNING, DEFAULT_LOG_SHARDS } from '../../lib/event/event-log.ts';
import { locationsOf } from '../../lib/event/named.ts';
import { byRecord, someEvents } from './event-log-shards.contract.ts';
import { changes, EXECUTOR, eventIds, openLog, upTo } from './event-logs.ts';
import type { Engine } from './stores.ts';

/** The contract of the move to shards, and of the number of shards. */
export const eventLogSealContract = (engine: Engine): void => {
  it('are sixteen for an empty log, unless another number is requested', async () => {
    for (const [asked, count] of [
      [undefined, DEFAULT_LOG_SHARDS],
      [3, 3],
    ] as const) {
      const log = (await openLog(engine.url(), 1)).asking(asked);
      expect(await log.end(undefined)).toEqual(BEGINNING);
      await log.add(changes(1, 1));
      expect((await log.end(undefined)).positions).toHaveLength(count);
      expect(eventIds((await log.read()).logged)).toEqual(['c1.modified']);
    }
  });

  it('hold later events; earlier events are read first, and not logged again', async () => {
    const former = await openLog(engine.url(), 'none');
    const events = someEvents(200);
    await former.add(events.slice(0, 120));
    const old = await former.read({ limit: 50 });
    const log = former.asking(8);
    await log.add(events.slice(90));
    // All earlier events are readable, from any position.
    for (const reader of [log, former, former.asking()]) {
      const { logged, place } = await reader.read({ limit: 50 });
      expect(eventIds(logged.slice(0, 120))).toEqual(eventIds(old.logged));
      expect(byRecord(logged)).toEqual(byRecord(events));
      expect(place).toEqual(await reader.end(undefined));
      for (const at of [0, 1, 118, 119]) {
        const rest = (await reader.read({ from: old.logged[at]?.place ?? BEGINNING })).logged;
        expect(byRecord(rest)).toEqual(byRecord([...events.slice(at + 1, 120), ...events.slice(120)]));
      }
      expect(await reader.has(old.place)).toBe(true);
      expect(await reader.has({ positions: [121] })).toBe(false);
    }
    const farm = await log.read({ from: old.place, location: 'farm' });
    const expected = events.slice(120).filter(({ event }) => locationsOf(event).includes('farm'));
    expect(byRecord(farm.logged)).toEqual(byRecord(expected));
    expect(await log.history(EXECUTOR)).toHaveLength(40);
  });

  it('are used by writers that do not know their number; another number is refused with a remedy', async () => {
    const log = await openLog(engine.url(), 'none');
    await log.add(changes(1, 2));
    await log.asking(4).add(changes(3, 1));
    await log.add(changes(4, 1));
    await log.asking().add(changes(5, 1));
    await expect(log.asking(8).add(changes(6, 1))).rejects.toThrow(
      /has 4 shards .* deploy with logShards 4, or without/,
    );
    await log.asking(4).add(changes(6, 1));
    const { logged, place } = await log.read();
    expect(eventIds(logged)).toEqual(upTo(6).map((nth) => `c${nth}.modified`));
    expect(place.positions).toHaveLength(4);
  });

  it('are introduced during writes and reads: no event is missing or repeated', async () => {
    const log = await openLog(engine.url(), 'none');
    const events = someEvents(240);
    await log.add(events.slice(0, 20));
    let written = false;
    const seen: string[] = [];
    const follow = async () => {
      let place = BEGINNING;
      for (let last = false; !last; ) {
        last = written;
        const read = await log.asking().read({ from: place, limit: 7 });
        seen.push(...eventIds(read.logged));
        ({ place } = read);
      }
    };
    const following = follow();
    const turns = upTo(4).map(async (nth) => {
      for (let from = 0; from < events.length; from += 12) {
        // Each writer adds all events; after the middle, some request shards.
        await log.asking(from > 100 && nth % 2 === 0 ? 4 : undefined).add(events.slice(from, from + 12));
      }
    });
    await Promise.all(turns);
    written = true;
    await following;
    expect([...seen].sort()).toEqual(eventIds(events).sort());
    expect(byRecord((await log.read()).logged)).toEqual(byRecord(events));
  });
};
