import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { blobKey, due, edgeKey, edgePartitions, guardKey } from '../../lib/adapters/dynamodb/keys.ts';
import { aCaller, aLocation, anElement, anInsertion, childOf, fresh, inMs, problem } from './records.ts';
import { spaceLeft } from './space-left.ts';
import { type Engine, isWrite, openStores, type Stores } from './stores.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** The contract of the sweeper. */
export const sweeperContract = (engine: Engine): void => {
  describe('the sweeper', () => {
    const location = aLocation();
    let stores: Stores;
    beforeEach(async () => {
      stores = await openStores(engine.url());
    });

    const bytesOf = async (blob: string): Promise<number> =>
      (await fetch(await stores.blobs.url(blob, 'GET'))).status;
    const stageBytes = async (dueIn = MINUTE): Promise<string> => {
      const blob = randomUUID();
      await stores.elements.stage(blob, inMs(dueIn));
      await stores.blobs.put(blob, new Uint8Array([1, 2, 3]));
      return blob;
    };
    /** A deleter or referrer that is killed before its `nth` write. */
    const killed = (nth: number): Stores => {
      let writes = 0;
      return stores.intercepted(async (operation, send) => {
        if (isWrite(operation)) writes += 1;
        if (writes >= nth) throw new Error('killed');
        return send();
      });
    };

    it('does nothing if nothing is due', async () => {
      await stores.elements.insert(anInsertion(location, anElement(location, fresh('e'))));
      const blob = await stageBytes();
      const before = await stores.rows();
      expect(await stores.sweep()).toEqual({});
      expect(await stores.rows()).toEqual(before);
      expect(await bytesOf(blob)).toBe(200);
    });

    it('removes the intent of a killed referrer, once it is orphaned', async () => {
      const parent = anElement(location, fresh('p'));
      const { id } = parent.attributes;
      await stores.elements.insert(anInsertion(location, parent));
      const before = await stores.rows();
      const child = childOf(id, location, fresh('c'));
      const insertion = { location, caller: aCaller() };
      const late = killed(2).elements.insertUnder(id, child.attributes.id, () => child, insertion);
      await expect(late).rejects.toThrow('killed');
      expect(await stores.rows()).toHaveLength(before.length + 1);
      await stores.expire(14 * MINUTE);
      expect(await stores.rows()).toHaveLength(before.length + 1);
      await stores.expire(16 * MINUTE);
      expect(await stores.rows()).toEqual(before);
    });

    it('makes the intent of a killed referrer harmless, even on an engine without expiry', async () => {
      const parent = anElement(location, fresh('p'));
      const { id } = parent.attributes;
      await stores.elements.insert(anInsertion(location, parent));
      const child = childOf(id, location, fresh('c'));
      const insertion = { location, caller: aCaller() };
      const insert = ({ elements }: Stores) =>
        elements.insertUnder(id, child.attributes.id, () => child, insertion);
      await expect(insert(killed(2))).rejects.toThrow('killed');
      expect(await stores.elements.references(id, 10)).toEqual({ items: [] });
      await insert(stores);
      expect(await stores.elements.references(id, 10)).toEqual({
        items: [{ id: child.attributes.id, kind: 'child' }],
      });
      await stores.elements.remove({ id: child.attributes.id, location, caller: aCaller() });
      expect(await stores.elements.remove({ id, location, caller: aCaller() })).toEqual([]);
      expect((await stores.rows()).filter(({ row }) => row === 'edge')).toEqual([]);
    });

    it('never lets a held reference expire', async () => {
      const parent = anElement(location, fresh('p'));
      const { id } = parent.attributes;
      await stores.elements.insert(anInsertion(location, parent));
      const child = childOf(id, location, fresh('c'));
      await stores.elements.insertUnder(id, child.attributes.id, () => child, {
        location,
        caller: aCaller(),
      });
      const before = await stores.rows();
      await stores.expire(1_000 * DAY);
      expect(await stores.rows()).toEqual(before);
    });

    it('removes intents and guards of an earlier version', async () => {
      const [edge, guard] = [edgeKey('image://x/p', 'image://x/c', 'attempt'), guardKey('image://x/p')];
      const leaseUntil = inMs(-1);
      await stores.table.put({ ...edge, ...due(edge, leaseUntil), row: 'edge', state: 'intent' });
      await stores.table.put({ ...guard, ...due(guard, leaseUntil), row: 'guard', leaseUntil });
      expect(await stores.sweep()).toEqual({ edge: 1, guard: 1 });
      expect(await stores.rows()).toEqual([]);
    });

    it('removes the guard of a killed deleter, after its lease', async () => {
      const parent = anElement(location, fresh('p'));
      const { id } = parent.attributes;
      await stores.elements.insert(anInsertion(location, parent));
      const before = await stores.rows();
      await expect(killed(2).elements.remove({ id, location, caller: aCaller() })).rejects.toThrow('killed');
      expect(await stores.table.get(guardKey(id))).toBeDefined();
      await stores.expire();
      expect(await stores.table.get(guardKey(id))).toBeDefined();
      await stores.expire(MINUTE);
      expect(await stores.rows()).toEqual(before);
    });

    it('keeps a reference that is held by now', async () => {
      const edge = edgeKey('image://x/p', 'image://x/c', 'attempt');
      const stale = {
        ...edge,
        ...due(edge, inMs(-1)),
        row: 'edge',
        state: 'held',
        referrer: 'image://x/c',
        kind: 'child',
      };
      await stores.table.put(stale);
      await stores.sweep(DAY);
      expect(await stores.table.get(edge)).toEqual(stale);
    });

    it('gives up an element whose data never came, with its reference and its space', async () => {
      const counted = aLocation({ capacity: 100 });
      await stores.locations.insert(counted, aCaller());
      const parent = anElement(counted, fresh('p'));
      const { id } = parent.attributes;
      await stores.elements.insert(anInsertion(counted, parent));
      const pending = childOf(id, counted, fresh('c'), {
        dueAt: inMs(MINUTE),
        attributes: { state: 'pending', capacity: 40 },
      });
      await stores.elements.insertUnder(id, pending.attributes.id, () => pending, {
        location: counted,
        caller: aCaller(),
      });
      expect(await stores.sweep()).toEqual({});
      expect(await stores.elements.get(pending.attributes.id)).toBeDefined();
      expect(await stores.sweep(2 * MINUTE)).toEqual({ element: 1 });
      expect(await stores.elements.get(pending.attributes.id)).toBeUndefined();
      expect(await stores.elements.references(id, 1)).toEqual({ items: [] });
      expect(spaceLeft(await stores.rows(), counted.name)).toBe(100);
      for (const pk of edgePartitions(id)) {
        expect((await stores.table.query({ expression: 'pk = :pk', values: { ':pk': pk } })).items).toEqual(
          [],
        );
      }
    });

    it('keeps an element whose data came in time', async () => {
      const pending = anElement(location, fresh('e'), {
        dueAt: inMs(MINUTE),
        attributes: { state: 'pending' },
      });
      await stores.elements.insert(anInsertion(location, pending));
      const { dueAt: _, ...kept } = pending;
      const ready = { ...kept, attributes: { ...pending.attributes, state: 'ready' as const, revision: 2 } };
      await stores.elements.replace({ record: ready, former: pending, location, caller: aCaller() });
      expect(await stores.sweep(DAY)).toEqual({});
      expect(await stores.elements.get(ready.attributes.id)).toEqual(ready);
    });

    it('removes bytes without an element', async () => {
      const blob = await stageBytes();
      expect(await stores.sweep(2 * MINUTE)).toEqual({ blob: 1 });
      expect(await bytesOf(blob)).toBe(404);
      expect(await stores.rows()).toEqual([]);
    });

    it('removes the bytes of a deleted element', async () => {
      const blob = await stageBytes();
      const element = anElement(location, fresh('e'), { blob });
      await stores.elements.insert(anInsertion(location, element));
      await stores.elements.remove({ id: element.attributes.id, location, caller: aCaller() });
      expect(await stores.sweep()).toEqual({ blob: 1 });
      expect(await bytesOf(blob)).toBe(404);
      expect(await stores.table.get(blobKey(blob))).toBeUndefined();
    });

    it('never removes the bytes of an element', async () => {
      const blob = await stageBytes();
      await stores.elements.insert(anInsertion(location, anElement(location, fresh('e'), { blob })));
      await stores.sweep(DAY);
      expect(await bytesOf(blob)).toBe(200);
    });

    it('never removes the bytes of an element, even if their staging is delivered twice', async () => {
      const blob = await stageBytes();
      await stores.elements.insert(anInsertion(location, anElement(location, fresh('e'), { blob })));
      await stores.elements.stage(blob, inMs(MINUTE));
      await stores.sweep(DAY);
      expect(await bytesOf(blob)).toBe(200);
    });

    it('prevents elements from using removed bytes', async () => {
      const blob = await stageBytes();
      await stores.sweep(2 * MINUTE);
      const element = anElement(location, fresh('e'), { blob });
      await expect(stores.elements.insert(anInsertion(location, element))).rejects.toMatchObject(
        problem('unavailable'),
      );
      expect(await stores.elements.get(element.attributes.id)).toBeUndefined();
    });

    it('decides with a concurrent create about every blob, and the first wins', async () => {
      await Promise.all(
        Array.from({ length: 20 }, async (_, at) => {
          const blob = await stageBytes(0);
          const element = anElement(location, `race${at}`, { blob });
          const insert = stores.elements.insert(anInsertion(location, element)).catch(() => 'refused');
          await Promise.all([insert, stores.sweep(1)]);
          await stores.sweep(1);
          const there = (await stores.elements.get(element.attributes.id)) !== undefined;
          expect([at, await bytesOf(blob)]).toEqual([at, there ? 200 : 404]);
        }),
      );
    });

    it('postpones a blob that the data store did not remove, and retries later', async () => {
      const blob = await stageBytes();
      const remove = stores.blobs.remove.bind(stores.blobs);
      stores.blobs.remove = () => Promise.reject(new Error('out of order'));
      const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
      onTestFinished(() => said.mockRestore());
      expect(await stores.sweep(2 * MINUTE)).toEqual({ failed: 1 });
      expect(said.mock.calls).toEqual([[expect.stringMatching(/"not swept".*out of order/)]]);
      stores.blobs.remove = remove;
      expect(await stores.sweep(3 * MINUTE)).toEqual({});
      expect(await stores.sweep(8 * MINUTE)).toEqual({ blob: 1 });
      expect(await bytesOf(blob)).toBe(404);
    });
  });
};
