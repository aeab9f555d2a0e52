import { beforeEach, describe, expect, it } from 'vitest';
import { eventLogFaultsContract } from './event-log-faults.contract.ts';
import { eventLogShardsContract } from './event-log-shards.contract.ts';
import {
  binding,
  change,
  changes,
  EXECUTOR,
  eventIds,
  type Log,
  openLog,
  places,
  upTo,
} from './event-logs.ts';
import type { Engine } from './stores.ts';

/** The contract of the event log. */
export const eventLogContract = (engine: Engine): void => {
  describe.each([
    ['before it has shards', 'none'],
    ['of one shard', 1],
  ] as const)('the log of events, %s', (_, layout) => {
    let log: Log;
    beforeEach(async () => {
      log = await openLog(engine.url(), layout);
    });
    const positions = async (limit?: number) => (await log.all(limit)).map(({ position }) => position);

    it('is empty at first', async () => {
      expect([await log.head(), await log.all(), await log.history('image://library/alpine')]).toEqual([
        0,
        [],
        [],
      ]);
      await log.add([]);
      expect(await log.head()).toBe(0);
    });

    it('numbers events 1, 2, 3 in the given order, and keeps them unchanged', async () => {
      const events = [change(1), binding(2), change(3)];
      await log.add(events.slice(0, 2));
      await log.add(events.slice(2));
      expect(await log.page(0, 10)).toEqual(events.map(({ event }, at) => ({ position: at + 1, event })));
      expect(await log.head()).toBe(3);
    });

    it('answers the events after a position, up to a limit, and none after the last', async () => {
      await log.add(changes(1, 9));
      const after = async (position: number, limit: number) =>
        (await log.page(position, limit)).map((logged) => logged.position);
      expect(await after(0, 4)).toEqual([1, 2, 3, 4]);
      expect(await after(4, 4)).toEqual([5, 6, 7, 8]);
      expect(await after(8, 4)).toEqual([9]);
      expect(await after(9, 4)).toEqual([]);
      expect(await after(12, 4)).toEqual([]);
    });

    it.each([
      ['whole', [changes(1, 20), changes(1, 20)]],
      ['in part', [changes(1, 20), changes(5, 3)]],
      ['with others before and behind them', [changes(5, 10), changes(1, 20)]],
      [
        'each between others',
        [[2, 4, 6, 8, 10, 12, 14, 16, 18, 20].map((nth) => change(nth)), changes(1, 20)],
      ],
      ['twice in one call', [[...changes(1, 20), ...changes(10, 5)]]],
    ])('has events once that are added again: %s', async (_, batches) => {
      for (const batch of batches) await log.add(batch);
      const logged = await log.all();
      expect(logged.map(({ position }) => position)).toEqual(upTo(20));
      expect(new Set(eventIds(logged)).size).toBe(20);
      expect(await log.history('image://library/alpine')).toEqual(changes(1, 20).map(({ event }) => event));
    });

    it('keeps the order of new events among known ones', async () => {
      await log.add([change(2), change(4)]);
      await log.add([change(5), change(4), change(1), change(2), change(3)]);
      expect(eventIds(await log.all()).map((id) => Number(id.match(/\d+/)))).toEqual([2, 4, 5, 1, 3]);
    });

    it('takes more events in one call than fit into one transaction', async () => {
      const events = [...changes(1, 130), ...Array.from({ length: 70 }, (_, at) => binding(131 + at))];
      await log.add(events);
      expect(places(await log.all())).toEqual(events.map(({ event }, at) => [at + 1, event.detail.eventId]));
    });

    it('is consistent for concurrent writers of the same events, and a following reader misses none', async () => {
      const events = changes(1, 120);
      const appenders = upTo(8).map(async (nth) => {
        // Each writer adds a third of all events, in batches that overlap with others, from another start.
        for (let batch = 0; batch < 3; batch += 1) {
          const from = ((nth * 15 + batch * 8) % 105) + 1;
          await log.add(events.slice(from - 1, from + 15));
        }
        await log.add(events.slice((nth - 1) * 15, nth * 15));
      });
      let written = false;
      const followed: [number, string][] = [];
      const follow = async () => {
        for (let last = false; !last; ) {
          last = written;
          for (let page = await log.page(followed.at(-1)?.[0] ?? 0, 7); page.length > 0; ) {
            followed.push(...places(page));
            page = await log.page(followed.at(-1)?.[0] ?? 0, 7);
          }
        }
      };
      const following = follow();
      await Promise.all(appenders);
      written = true;
      await following;
      expect(followed.map(([position]) => position)).toEqual(upTo(120));
      expect(new Set(followed.map(([, id]) => id)).size).toBe(120);
      expect(places(await log.all())).toEqual(followed);
    });

    it('continues after a thousand events, in pages of any size', async () => {
      await log.add(changes(1, 1_003));
      expect(await log.head()).toBe(1_003);
      for (const limit of [100, 333, 1_000]) expect(await positions(limit)).toEqual(upTo(1_003));
      expect((await log.page(998, 2)).map(({ position }) => position)).toEqual([999, 1_000]);
      expect((await log.page(1_000, 2)).map(({ position }) => position)).toEqual([1_001, 1_002]);
    });

    describe('as the history of one record', () => {
      it('is in the order of the changes, for any order of arrival', async () => {
        // As text, 9 would sort after 10 and 100.
        const nths = [100, 9, 10, 2, 1];
        for (const nth of nths) await log.add([change(nth)]);
        const revisions = (await log.history('image://library/alpine')).map(({ detail }) =>
          Number(detail.eventId.match(/\d+/)),
        );
        expect(revisions).toEqual([1, 2, 9, 10, 100]);
      });

      it('contains only that record', async () => {
        const [one, other] = ['image://library/alpine', 'image://library/alpine-3.20'];
        await log.add([change(1, one), change(2, other), change(3, one)]);
        expect(await log.history(one)).toEqual([change(1, one).event, change(3, one).event]);
        expect(await log.history(other)).toEqual([change(2, other).event]);
        expect(await log.history('image://library')).toEqual([]);
      });

      it('contains a composition for both the member and the executor', async () => {
        const [a, b] = ['image://library/a', 'image://library/b'];
        const events = [change(1, a), binding(2, a), binding(2, b), change(3, EXECUTOR)];
        await log.add(events);
        expect(await log.history(a)).toEqual([events[0]?.event, events[1]?.event]);
        expect(await log.history(b)).toEqual([events[2]?.event]);
        expect(await log.history(EXECUTOR)).toEqual(events.slice(1).map(({ event }) => event));
        expect(await log.head()).toBe(4);
      });

      it('has the events of one change in their order, for any names', async () => {
        const of = ['z', 'm', 'a'].map((name) => `image://library/${name}`);
        const events = of.map((id, order) => ({ ...binding(1, id), order }));
        await log.add(events);
        await log.add([...events].reverse());
        expect(await log.history(EXECUTOR)).toEqual(events.map(({ event }) => event));
      });

      it.each([1, 2, 3, 10])('comes in pages of %d, the last one marked', async (limit) => {
        await log.add(changes(1, 6));
        expect(await log.history('image://library/alpine', limit)).toEqual(
          changes(1, 6).map(({ event }) => event),
        );
      });
    });
    describe('under faults', () => eventLogFaultsContract(engine, layout));
  });
  describe('the log of events, of shards', () => eventLogShardsContract(engine));
};
