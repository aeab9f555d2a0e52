import { beforeEach, describe, expect, it } from 'vitest';
import { dies } from './dying.ts';
import {
  binding,
  change,
  changes,
  EXECUTOR,
  eventIds,
  type Layout,
  type Log,
  openLog,
  places,
  toPositioned,
  upTo,
} from './event-logs.ts';
import { type Engine, isWrite } from './stores.ts';

const IMAGE = 'image://library/alpine';

/** The contract of the event log under expiry, lost answers and killed writers. */
export const eventLogFaultsContract = (engine: Engine, layout: Layout): void => {
  const [name, partition] = layout === 'none' ? ['log', 1_000] : ['log/0', 250];
  const key = (position: number) => ({
    pk: `${name}#${Math.floor((position - 1) / partition)}`,
    sk: String(position).padStart(16, '0'),
  });
  let log: Log;
  beforeEach(async () => {
    log = await openLog(engine.url(), layout);
  });
  /** Lets events expire: the table's time to live deletes them one by one. */
  const expire = (positions: readonly number[]) =>
    Promise.all(positions.map((position) => log.table.remove(key(position))));
  /** Sets the end of the log, as if all earlier events had expired. */
  const lengthen = (position: number) => log.table.put({ pk: name, sk: 'head', position });
  const positionsAfter = async (position: number, limit = 100) =>
    (await log.page(position, limit)).map((logged) => logged.position);

  describe('with expired events', () => {
    it('continues with the next event that is kept', async () => {
      await log.add(changes(1, 10));
      await expire([1, 2, 3, 6]);
      expect(await positionsAfter(0)).toEqual([4, 5, 7, 8, 9, 10]);
      expect(await positionsAfter(2)).toEqual([4, 5, 7, 8, 9, 10]);
      expect(await positionsAfter(5, 2)).toEqual([7, 8]);
      await expire(upTo(10));
      expect([await positionsAfter(0), await log.head()]).toEqual([[], 10]);
      await log.add([change(11)]);
      expect([await positionsAfter(0), await positionsAfter(10)]).toEqual([[11], [11]]);
    });

    it('still finds expired events in its history, and so never logs them again', async () => {
      await log.add(changes(1, 5));
      await expire(upTo(5));
      await log.add(changes(1, 6));
      expect(places(await log.all())).toEqual([[6, 'c6.modified']]);
      expect(await log.history(IMAGE)).toHaveLength(6);
    });

    it('finds the kept events among five million with few requests, from any position', async () => {
      await log.add(changes(1, 3));
      await expire(upTo(3));
      await lengthen(4_998_998);
      await log.add(changes(4, 5));
      const kept = upTo(4_999_003, 4_998_999);
      for (const position of [0, 3, 999, 1_000, 2_345_678, 4_998_000, 4_998_998]) {
        let requests = 0;
        const counted = log.intercepted((_, send) => {
          requests += 1;
          return send();
        });
        const { logged } = await counted.after(await log.at(position), 100, undefined);
        // The rest of a partition is a page of its own.
        expect(logged.map((each) => toPositioned(each).position)).toEqual(kept.slice(0, 2));
        expect(requests).toBeLessThanOrEqual(20);
      }
      expect((await log.all()).map(({ position }) => position)).toEqual(kept);
      await expire(kept);
      expect(await positionsAfter(0)).toEqual([]);
    });
  });

  it('shows an event only together with all before it, even if the engine shows the last row of a transaction first', async () => {
    await log.add(changes(1, 5));
    await log.add(changes(6, 5));
    for (const hidden of [[6], [6, 8], [6, 7, 8, 9], [9], [10], upTo(10, 6)]) {
      let isHiding = true;
      // A query may run between the rows of a transaction (Amazon DynamoDB, transactions: isolation levels).
      const torn = log.intercepted(async (name, send, input) => {
        if (name !== 'Query' || !isHiding) return send();
        isHiding = false;
        const query = input as { Limit: number };
        const limit = query.Limit;
        query.Limit += hidden.length;
        const answer = await send();
        const { output } = answer as { output: { Items: { sk: { S: string } }[] } };
        output.Items = output.Items.filter(({ sk }) => !hidden.includes(Number(sk.S))).slice(0, limit);
        return answer;
      });
      const seen: number[] = [];
      for (let page = await torn.page(3, 4); page.length > 0; page = await torn.page(seen.at(-1) ?? 3, 4)) {
        expect(page.length).toBeLessThanOrEqual(4);
        seen.push(...page.map(({ position }) => position));
      }
      expect({ hidden, seen }).toEqual({ hidden, seen: upTo(10, 4) });
    }
  });

  it.each([
    ['in the middle of a partition', 5],
    ['before the last of a partition', 999],
    ['at the end of a partition', 1_000],
  ])('is not misread during concurrent writes, %s', async (_, position) => {
    for (const step of [1, 2, 3]) {
      log = await openLog(engine.url(), layout);
      await log.add([change(1)]);
      await lengthen(position);
      let requests = 0;
      const interrupted = log.intercepted(async (__, send) => {
        requests += 1;
        if (requests === step) await log.add(changes(2, 3));
        return send();
      });
      const seen: number[] = [];
      for (let tries = 0; seen.length < 3 && tries < 6; tries += 1) {
        const page = await interrupted.page(seen.at(-1) ?? position, 100);
        seen.push(...page.map((logged) => logged.position));
      }
      expect({ step, seen }).toEqual({ step, seen: upTo(position + 3, position + 1) });
    }
  });

  describe('with lost answers', () => {
    const broken = () => Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    const events = [...changes(1, 60), ...Array.from({ length: 40 }, (_, at) => binding(61 + at))];

    it('has each event once', async () => {
      let lost = 0;
      const losing = log.intercepted(async (name, send) => {
        const answer = await send();
        if (!isWrite(name) || lost % 2 === 1) {
          lost += isWrite(name) ? 1 : 0;
          return answer;
        }
        lost += 1;
        throw broken();
      });
      await losing.add(events);
      expect(lost).toBeGreaterThan(4);
      expect(eventIds(await log.all())).toEqual(eventIds(events));
      expect(await log.head()).toBe(100);
    });

    it('has each event once, even if every request is delivered twice', async () => {
      const late: (() => Promise<unknown>)[] = [];
      const repeating = log.intercepted(async (name, send) => {
        if (!isWrite(name)) return send();
        late.push(send);
        await send();
        return send();
      });
      await repeating.add(events);
      for (const send of late) await send().catch(() => {});
      expect(eventIds(await log.all())).toEqual(eventIds(events));
      expect(await log.head()).toBe(100);
    });
  });

  it('has no partial batches, wherever its writer is killed, and is complete after a retry', async () => {
    const events = [...changes(1, 50), ...Array.from({ length: 40 }, (_, at) => binding(51 + at))];
    let deaths = 0;
    for (let calls = 0; ; calls += 1) {
      log = await openLog(engine.url(), layout);
      await log.add([change(1_000)]);
      if (!(await dies(log, (doomed) => doomed.add(events), calls))) break;
      deaths += 1;
      const left = await log.all();
      expect(left.map(({ position }) => position)).toEqual(upTo(await log.head()));
      expect((await log.history(IMAGE)).map(({ detail }) => detail.eventId).sort()).toEqual(
        eventIds(left).sort(),
      );
      expect((await log.history(EXECUTOR)).map(({ detail }) => detail.eventId).sort()).toEqual(
        eventIds(left)
          .filter((id) => id.includes('bound'))
          .sort(),
      );
      await log.add(events);
      expect(eventIds(await log.all())).toEqual(eventIds([change(1_000), ...events]));
    }
    expect(deaths).toBeGreaterThan(3);
  });
};
