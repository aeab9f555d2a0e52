import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { OutputTable } from '../../lib/adapters/dynamodb/output-table.ts';
import type { OutputPlace } from '../../lib/output/output-store.ts';
import { type Segment, segmentOf } from '../../lib/output/segment.ts';
import { type Engine, type Stores, useStores } from './stores.ts';

/** The contract of the output of tasks. */
export const outputContract = (engine: Engine): void => {
  describe('the output of tasks', () => {
    const open = useStores(engine);
    let stores: Stores;
    let outputs: OutputTable;
    let place: OutputPlace;

    beforeEach(() => {
      stores = open();
      outputs = new OutputTable(stores.table);
      place = { composition: randomUUID(), taskId: 'task://jobs/one', attempt: 1, stream: 'stdout' };
    });

    const after = (former: Segment | undefined, mark: string, blob?: string): Segment =>
      segmentOf(
        {
          after: former?.mark,
          mark,
          at: '2026-01-31T12:00:00Z',
          lines: 1,
          size: 3,
          ...(blob ? {} : { text: 'a\0\n' }),
        },
        former,
        blob,
      );
    const add = (segment: Segment) => outputs.add(place, segment, 1);
    const all = async (at = place) => (await outputs.after(at, 0, 100)).segments;

    it('is added once, after its predecessor, to that stream of that attempt only', async () => {
      const first = after(undefined, '1');
      expect(await outputs.last(place)).toBeUndefined();
      const raced = await Promise.all([
        add(first),
        add(after(undefined, '2')),
        add(after(undefined, '3', randomUUID())),
      ]);
      expect(raced.filter(Boolean)).toHaveLength(1);
      const last = (await outputs.last(place)) as Segment;
      expect(await add(after(last, '9'))).toBe(true);
      expect((await all()).map(({ mark }) => mark)).toEqual([last.mark, '9']);
      const others: Partial<OutputPlace>[] = [
        { stream: 'stderr' },
        { attempt: 10 },
        { taskId: 'task://jobs/one-more' },
        { composition: randomUUID() },
      ];
      for (const other of others) expect(await all({ ...place, ...other })).toEqual([]);
    });

    it('is read from a position on, and from its end, in order', async () => {
      let former: Segment | undefined;
      for (let nth = 1; nth <= 12; nth += 1) {
        const segment = after(former, String(nth));
        expect(await add(segment)).toBe(true);
        former = segment;
      }
      const { segments, more } = await outputs.after(place, 3, 4);
      expect([segments.map(({ mark }) => mark), more]).toEqual([['4', '5', '6', '7'], true]);
      expect((await outputs.latest(place, 2)).map(({ mark }) => mark)).toEqual(['12', '11']);
    });

    it('has a segment in doubt replaced by the caller who doubted it last', async () => {
      const large = after(undefined, '1', randomUUID());
      await add(large);
      expect(await outputs.replace(place, after(undefined, '2'), large, 'mine', 1)).toBe(false);
      expect(await outputs.doubt(place, large, 'mine')).toBe(true);
      expect((await outputs.last(place))?.isDoubted).toBe(true);
      expect(await outputs.doubt(place, large, 'another')).toBe(true);
      expect(await outputs.replace(place, after(undefined, '2'), large, 'mine', 1)).toBe(false);
      expect(await outputs.trust(place, large, 'mine')).toBe(false);
      expect(await outputs.trust(place, large, 'another')).toBe(true);
      expect(await outputs.last(place)).toEqual(large);
      expect(await outputs.doubt(place, large, 'last')).toBe(true);
      expect(await outputs.replace(place, after(undefined, '2'), large, 'last', 1)).toBe(true);
      expect((await all()).map(({ mark }) => mark)).toEqual(['2']);
      expect(await outputs.doubt(place, large, 'late')).toBe(false);
    });

    it('is deleted at the end of its log’s retention', async () => {
      const large = after(undefined, '1', randomUUID());
      await add(large);
      await add(after(large, '2'));
      const day = 24 * 3600_000;
      await stores.sweep(day - 60_000);
      await stores.expire(day - 60_000);
      expect(await all()).toHaveLength(2);
      expect((await stores.rows()).some(({ pk }) => pk === `blob#${large.blob}`)).toBe(true);
      await stores.sweep(day + 60_000);
      await stores.expire(day + 60_000);
      expect(await all()).toEqual([]);
      expect((await stores.rows()).some(({ pk }) => pk === `blob#${large.blob}`)).toBe(false);
    });
  });
};
