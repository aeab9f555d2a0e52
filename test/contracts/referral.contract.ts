import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { blobKey, edgePartitions, guardKey } from '../../lib/adapters/dynamodb/keys.ts';
import { defined } from '../../lib/defined.ts';
import type { ElementRecord } from '../../lib/element/element.ts';
import { TaskportError } from '../../lib/errors.ts';
import {
  aCaller,
  aKey,
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

/** The contract of adding an element that refers to a parent. */
export const referralContract = (engine: Engine): void => {
  describe('adding an element under a parent', () => {
    const open = useStores(engine);
    const location = aLocation();
    let stores: Stores;
    let parent: ElementRecord;
    let parentId: string;
    let name: string;

    beforeEach(async () => {
      stores = open();
      parent = anElement(location, fresh('p'));
      parentId = parent.attributes.id;
      name = fresh('c');
      await stores.elements.insert(anInsertion(location, parent));
    });

    const child = (overrides = {}): ElementRecord => childOf(parentId, location, name, overrides);
    const insertChild = (
      derive: (found: ElementRecord | undefined) => ElementRecord = () => child(),
      {
        through = stores,
        place = location,
        idempotency = undefined as ReturnType<typeof aKey> | undefined,
      } = {},
    ): Promise<ElementRecord> =>
      through.elements.insertUnder(
        parentId,
        idIn(place, name),
        derive,
        defined({ location: place, caller: aCaller(), idempotency }),
      );
    const removeParent = () => stores.elements.remove({ id: parentId, location, caller: aCaller() });
    const orUnknown = (found: ElementRecord | undefined): ElementRecord => {
      if (!found) throw new TaskportError('unknown-parent', 'gone');
      return child();
    };
    const putGuard = (milliseconds: number) =>
      stores.table.put({
        ...guardKey(parentId),
        row: 'guard',
        deleter: randomUUID(),
        leaseUntil: inMs(milliseconds),
      });

    it('derives the element from the present parent, and adds the reference', async () => {
      let given: ElementRecord | undefined;
      const added = await insertChild((found) => {
        given = found;
        return child();
      });
      expect(given).toEqual(parent);
      expect(await stores.elements.get(idIn(location, name))).toEqual(added);
      expect(added).toMatchObject(child({ incarnation: added.incarnation }));
      expect(await stores.elements.references(parentId, 10)).toEqual({
        items: [{ id: idIn(location, name), kind: 'child' }],
      });
    });

    it('derives the element without a parent if there is none, or no more', async () => {
      await removeParent();
      const before = await stores.rows();
      await expect(insertChild(orUnknown)).rejects.toMatchObject(problem('unknown-parent'));
      parentId = `${parentId}-none`;
      await expect(insertChild(orUnknown)).rejects.toMatchObject(problem('unknown-parent'));
      expect(await stores.rows()).toEqual(before);
    });

    it('leaves nothing behind if the derivation refuses', async () => {
      const before = await stores.rows();
      const refusing = insertChild(() => {
        throw new TaskportError('invalid-parent', 'not ready');
      });
      await expect(refusing).rejects.toMatchObject(problem('invalid-parent'));
      expect(await stores.rows()).toEqual(before);
    });

    it('leaves nothing behind if the name is in use', async () => {
      await insertChild();
      const before = await stores.rows();
      await expect(insertChild()).rejects.toMatchObject(problem('name-collision'));
      expect(await stores.rows()).toEqual(before);
    });

    it('uses key, blob and space in the same step, or leaves nothing behind', async () => {
      const counted = aLocation({ capacity: 100 });
      const blob = randomUUID();
      await stores.locations.insert(counted, aCaller());
      await stores.elements.stage(blob, inMs(60_000));
      const sized = (capacity: number) => () =>
        childOf(parentId, counted, name, { blob, attributes: { capacity } });
      const idempotency = aKey();
      const before = await stores.rows();
      await expect(insertChild(sized(101), { place: counted, idempotency })).rejects.toMatchObject(
        problem('insufficient-space', { available: 100 }),
      );
      expect(await stores.rows()).toEqual(before);
      await insertChild(sized(70), { place: counted, idempotency });
      expect(await stores.idempotency.find(idempotency)).toMatchObject({ resource: idIn(counted, name) });
      expect((await stores.table.get(blobKey(blob)))?.state).not.toBe('staged');
      expect(spaceLeft(await stores.rows(), counted.name)).toBe(30);
    });

    it('refuses the key of another request, and leaves nothing behind', async () => {
      const idempotency = aKey();
      await insertChild(() => child(), { idempotency });
      name = fresh('c');
      const before = await stores.rows();
      await expect(insertChild(() => child(), { idempotency })).rejects.toMatchObject(
        problem('idempotency-mismatch'),
      );
      expect(await stores.rows()).toEqual(before);
    });

    it('starts over if a deleter removes its intent, and derives the element again', async () => {
      const found: (ElementRecord | undefined)[] = [];
      const fence = async (): Promise<void> => {
        for (const pk of edgePartitions(parentId)) {
          const { items } = await stores.table.query({ expression: 'pk = :pk', values: { ':pk': pk } });
          await Promise.all(items.map((edge) => stores.table.remove({ pk, sk: edge.sk as string })));
        }
      };
      const interrupted = stores.intercepted(async (operation, send) => {
        if (operation === 'TransactWriteItems' && found.length === 1) await fence();
        return send();
      });
      const record = await insertChild(
        (parentFound) => {
          found.push(parentFound);
          return child();
        },
        { through: interrupted },
      );
      expect(found).toEqual([parent, parent]);
      expect(await stores.elements.get(record.attributes.id)).toEqual(record);
      expect((await stores.elements.references(parentId, 10)).items).toHaveLength(1);
    });

    it('never leaves a child of a parent that is deleted between the look and the commit', async () => {
      let looks = 0;
      let removed: unknown;
      const interrupted = stores.intercepted(async (_, send) => {
        if (looks === 1) removed ??= await removeParent();
        return send();
      });
      const late = insertChild(
        (found) => {
          looks += 1;
          return orUnknown(found);
        },
        { through: interrupted },
      );
      await expect(late).rejects.toMatchObject(problem('unknown-parent'));
      expect(removed).toEqual([]);
      expect(looks).toBe(2);
      expect(await stores.elements.get(idIn(location, name))).toBeUndefined();
    });

    it('is refused during a delete, with advice to retry', async () => {
      await putGuard(600_000);
      const before = await stores.rows();
      await expect(insertChild()).rejects.toMatchObject(problem('unavailable'));
      expect(await stores.rows()).toEqual(before);
    });

    it('waits for a delete that is given up', async () => {
      await putGuard(600_000);
      // The insert is sent first, so it meets the guard.
      const added = insertChild();
      await stores.table.remove(guardKey(parentId));
      expect((await added).attributes.parentId).toBe(parentId);
    });

    it('does not wait for a deleter whose lease has expired', async () => {
      await putGuard(-1);
      expect((await insertChild()).attributes.parentId).toBe(parentId);
      expect(await stores.table.get(guardKey(parentId))).toBeUndefined();
    });
  });
};
