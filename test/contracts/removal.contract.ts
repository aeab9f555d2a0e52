import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { blobKey, guardKey } from '../../lib/adapters/dynamodb/keys.ts';
import { defined } from '../../lib/defined.ts';
import { type ElementRecord, versionOf } from '../../lib/element/element.ts';
import type { Expected } from '../../lib/version.ts';
import {
  aCaller,
  aLocation,
  anElement,
  anInsertion,
  childOf,
  fresh,
  idIn,
  inMs,
  problem,
} from './records.ts';
import { spaceLeft } from './space-left.ts';
import { type Engine, type Stores, useStores } from './stores.ts';

/** Names that sort differently by text and by length, and that are prefixes of each other. */
const NAMES = ['A', 'a', 'a+b', 'a-b', 'a.b', 'a0', 'a:b', 'a@b', 'a_b', 'aa', 'b', 'z'];

/** The contract of deleting an element, and of its references. */
export const removalContract = (engine: Engine): void => {
  describe('deleting an element', () => {
    const open = useStores(engine);
    const location = aLocation();
    let stores: Stores;
    let parent: ElementRecord;
    let id: string;

    beforeEach(async () => {
      stores = open();
      parent = anElement(location, fresh('p'));
      id = parent.attributes.id;
      await stores.elements.insert(anInsertion(location, parent));
    });

    const remove = (target = id, ifMatch?: readonly Expected[], place = location) =>
      stores.elements.remove(defined({ id: target, location: place, caller: aCaller(), ifMatch }));
    const addChild = (name: string, place = location): Promise<ElementRecord> =>
      stores.elements.insertUnder(id, idIn(place, name), () => childOf(id, place, name), {
        location: place,
        caller: aCaller(),
      });
    const addChildren = (names: readonly string[], place: typeof location) =>
      Promise.all(names.map((name) => addChild(name, place)));

    it('deletes one without references', async () => {
      expect(await remove()).toEqual([]);
      expect(await stores.elements.get(id)).toBeUndefined();
      await expect(remove()).rejects.toMatchObject(problem('not-found', { id }));
    });

    it('finds nothing for an element that never existed', async () => {
      await expect(remove(`${id}-none`)).rejects.toMatchObject(problem('not-found'));
    });

    it('deletes it at the requested revision only', async () => {
      const present = versionOf(parent);
      const others = [
        { ...present, revision: 2 },
        { ...present, life: randomUUID() },
      ];
      await expect(remove(id, others)).rejects.toMatchObject(problem('revision-mismatch', { revision: 1 }));
      expect(await stores.elements.get(id)).toEqual(parent);
      expect(await remove(id, [...others, present])).toEqual([]);
    });

    it('refuses while another refers to it, and changes nothing', async () => {
      const child = await addChild(fresh('c'));
      const before = await stores.rows();
      expect(await remove()).toEqual([{ id: child.attributes.id, kind: 'child' }]);
      expect(await stores.rows()).toEqual(before);
    });

    it('removes its own reference to its parent, which can then be deleted', async () => {
      const child = await addChild(fresh('c'));
      expect(await remove(child.attributes.id)).toEqual([]);
      expect(await stores.elements.references(id, 10)).toEqual({ items: [] });
      expect(await remove()).toEqual([]);
    });

    it('does not confuse a child with a former one of the same name', async () => {
      const name = fresh('c');
      const first = await addChild(name);
      await remove(first.attributes.id);
      const second = await addChild(name);
      expect(second.parentReference).not.toBe(first.parentReference);
      expect(await remove()).toEqual([{ id: second.attributes.id, kind: 'child' }]);
      await remove(second.attributes.id);
      expect(await remove()).toEqual([]);
    });

    it('frees its space and leaves its blob to the sweeper', async () => {
      const counted = aLocation({ capacity: 100 });
      const blob = randomUUID();
      await stores.locations.insert(counted, aCaller());
      await stores.elements.stage(blob, inMs(60_000));
      const element = anElement(counted, fresh('e'), { blob, attributes: { capacity: 60 } });
      await stores.elements.insert(anInsertion(counted, element));
      expect(await remove(element.attributes.id, undefined, counted)).toEqual([]);
      expect(spaceLeft(await stores.rows(), counted.name)).toBe(100);
      expect(await stores.table.get(blobKey(blob))).toMatchObject({ state: 'doomed' });
    });

    it('deletes one whose deleter gave up halfway, after the lease', async () => {
      const guard = { ...guardKey(id), row: 'guard', deleter: randomUUID() };
      await stores.table.put({ ...guard, leaseUntil: inMs(600_000) });
      await expect(remove()).rejects.toMatchObject(problem('unavailable'));
      expect(await stores.elements.get(id)).toEqual(parent);
      await stores.table.put({ ...guard, leaseUntil: inMs(-1) });
      expect(await remove()).toEqual([]);
      expect(await stores.table.get(guardKey(id))).toBeUndefined();
    });

    it('refuses if a child is created between its two looks, and removes its guard', async () => {
      let raised = false;
      const interrupted = stores.intercepted(async (operation, send) => {
        if (!raised && operation === 'TransactWriteItems') {
          raised = true;
          await addChild('between');
        }
        return send();
      });
      const removal = { id, location, caller: aCaller() };
      expect(await interrupted.elements.remove(removal)).toEqual([
        { id: idIn(location, 'between'), kind: 'child' },
      ]);
      expect(await stores.table.get(guardKey(id))).toBeUndefined();
      expect(await stores.elements.get(id)).toEqual(parent);
    });

    it('lists the first 101 referrers, by their IDs', async () => {
      const place = aLocation();
      const names = Array.from({ length: 104 }, (_, at) => `c${String(at).padStart(3, '0')}`);
      await addChildren(names, place);
      const references = await remove();
      expect(references.map((reference) => reference.id)).toEqual(
        names.slice(0, 101).map((name) => idIn(place, name)),
      );
    });

    it.each([1, 2, 5, 12, 100])('lists referrers in order of their IDs, %i a page', async (limit) => {
      const place = aLocation();
      await addChildren(NAMES, place);
      const seen: string[] = [];
      let after: string | undefined;
      do {
        const page = await stores.elements.references(id, limit, after);
        expect(page.items.length).toBeLessThanOrEqual(limit);
        seen.push(...page.items.map((reference) => reference.id));
        after = page.next;
      } while (after !== undefined);
      expect(seen).toEqual(NAMES.map((name) => idIn(place, name)));
    });

    it('lists the next page even if the last referrer of the page before is gone', async () => {
      const place = aLocation();
      await addChildren(NAMES, place);
      const { next = '' } = await stores.elements.references(id, 3);
      await remove(next, undefined, place);
      const { items } = await stores.elements.references(id, 1, next);
      expect(items).toEqual([{ id: idIn(place, NAMES[3] as string), kind: 'child' }]);
    });
  });
};
