import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import { defined } from '../../lib/defined.ts';
import { type ElementRecord, versionOf } from '../../lib/element/element.ts';
import type { MetadataPatch } from '../../lib/element/metadata.ts';
import type { Version } from '../../lib/version.ts';
import { aCaller, aLocation, anElement, anInsertion, bulk, fresh, inMs, problem, text } from './records.ts';
import { spaceLeft } from './space-left.ts';
import { type Engine, type Stores, useStores } from './stores.ts';

/** The contract of changing an element. */
export const updateContract = (engine: Engine): void => {
  const open = useStores(engine);
  const location = aLocation({ indexed: ['rw.tier', 'rw.zone'] });
  let stores: Stores;
  let element: ElementRecord;

  beforeEach(async () => {
    stores = open();
    element = anElement(location, fresh('e'), {
      ro: text({ os: 'linux' }),
      rw: text({ tier: 'gold', note: 'x' }),
    });
    await stores.elements.insert(anInsertion(location, element));
  });

  const read = (): Promise<ElementRecord | undefined> => stores.elements.get(element.attributes.id);
  const update = (
    patch: MetadataPatch,
    ifMatch?: Version,
    caller = aCaller('changer'),
  ): Promise<ElementRecord> =>
    stores.elements.updateMetadata({
      id: element.attributes.id,
      location,
      patch,
      caller,
      at: inMs(0),
      ...defined({ ifMatch }),
    });

  describe('updating metadata', () => {
    it('sets and deletes keys, and records the caller', async () => {
      const updated = await update({ ...text({ note: 'y', new: 'z' }), tier: null, none: null });
      expect(updated.rw).toEqual(text({ note: 'y', new: 'z' }));
      expect(updated.attributes).toMatchObject({ revision: 2, modifiedBy: 'changer', createdBy: 'tester' });
      expect(updated.attributes.modifiedAt > element.attributes.modifiedAt).toBe(true);
      expect(await read()).toEqual(updated);
    });

    it('accepts any bytes, and keys that are reserved words elsewhere', async () => {
      const patch = {
        'a.b/c': new Uint8Array([0, 255]),
        constructor: new Uint8Array(),
        size: new Uint8Array([1]),
      };
      expect((await update(patch)).rw).toEqual({ ...element.rw, ...patch });
    });

    it('accepts fifty keys of the greatest length at once', async () => {
      const keys = Array.from({ length: 50 }, (_, at) => String(at).padEnd(128, 'k'));
      const patch = text(Object.fromEntries(keys.map((key) => [key, 'value'])));
      expect((await update(patch)).rw).toEqual({ ...element.rw, ...patch });
    });

    it('refuses a read-only key by name, and changes nothing', async () => {
      const refused = update(text({ os: 'plan9', note: 'y' }));
      await expect(refused).rejects.toMatchObject(problem('read-only-key', { keys: ['os'] }));
      expect(await read()).toEqual(element);
    });

    it('refuses a key that is read-only in a later incarnation', async () => {
      const { id, name } = element.attributes;
      await stores.elements.remove({ id, location, caller: aCaller() });
      await stores.elements.insert(
        anInsertion(location, anElement(location, name, { ro: text({ note: 'ro' }) })),
      );
      await expect(update(text({ note: 'y' }))).rejects.toMatchObject(
        problem('read-only-key', { keys: ['note'] }),
      );
    });

    it('changes an element at the requested revision only', async () => {
      const first = versionOf(element);
      expect((await update(text({ note: 'y' }), first)).attributes.revision).toBe(2);
      await expect(update(text({ note: 'z' }), first)).rejects.toMatchObject(
        problem('revision-mismatch', { revision: 2 }),
      );
      expect((await read())?.rw.note).toEqual(text({ note: 'y' }).note);
    });

    it('changes no other element of that name at the same revision', async () => {
      const { id, name } = element.attributes;
      await stores.elements.remove({ id, location, caller: aCaller() });
      const other = anElement(location, name);
      await stores.elements.insert(anInsertion(location, other));
      await expect(update(text({ note: 'z' }), versionOf(element))).rejects.toMatchObject(
        problem('revision-mismatch', { revision: 1 }),
      );
      expect(await read()).toEqual(other);
    });

    it('finds no element that never existed or is deleted', async () => {
      const { id } = element.attributes;
      const update2 = { id: `${id}-none`, location, patch: text({ a: 'b' }), caller: aCaller(), at: inMs(0) };
      await expect(stores.elements.updateMetadata(update2)).rejects.toMatchObject(problem('not-found'));
      await stores.elements.remove({ id, location, caller: aCaller() });
      await expect(update(text({ note: 'y' }))).rejects.toMatchObject(problem('not-found', { id }));
      expect(await read()).toBeUndefined();
    });

    it('refuses an element that would be too large for an item, and names the keys', async () => {
      await update(bulk(320));
      const before = await read();
      await expect(update(bulk(100, 'more'))).rejects.toMatchObject(
        problem('invalid-entry', {
          entries: ['rw.more0', 'rw.more1'].map((key) => expect.objectContaining({ key })),
        }),
      );
      expect(isDeepStrictEqual(await read(), before)).toBe(true);
      expect((await update(bulk(64, 'more'))).attributes.revision).toBe(3);
    });

    it('moves the element in lists by its indexed keys', async () => {
      const listed = async (key: string, value: string): Promise<string[]> => {
        const equality = { type: 'indexed', key, value } as const;
        const { items } = await stores.elements.list({ location, equality, limit: 100 });
        return items.map((item) => item.attributes.name);
      };
      const { name } = element.attributes;
      const expectListed = (key: string, value: string, there: boolean) =>
        expect.poll(async () => (await listed(key, value)).includes(name)).toBe(there);
      await expectListed('rw.tier', 'gold', true);
      await update(text({ tier: 'lead', zone: 'a' }));
      await expectListed('rw.tier', 'lead', true);
      await expectListed('rw.tier', 'gold', false);
      await expectListed('rw.zone', 'a', true);
      await update({ tier: null, zone: new Uint8Array() });
      await expectListed('rw.tier', 'lead', false);
      await expectListed('rw.zone', '', true);
    });
  });

  describe('replacing an element', () => {
    const next = (overrides: Partial<ElementRecord['attributes']> = {}): ElementRecord => ({
      ...element,
      rw: text({ all: 'new' }),
      spec: { argument: 1 },
      attributes: { ...element.attributes, revision: 2, ...overrides },
    });
    const replace = (record: ElementRecord, former = element, place = location): Promise<void> =>
      stores.elements.replace({ record, former, location: place, caller: aCaller() });

    it('replaces the element', async () => {
      await replace(next());
      expect(await read()).toEqual(next());
    });

    it('refuses after another change', async () => {
      const updated = await update(text({ note: 'y' }));
      await expect(replace(next())).rejects.toMatchObject(problem('revision-mismatch', { revision: 2 }));
      expect(await read()).toEqual(updated);
    });

    it('refuses after the element was deleted', async () => {
      await stores.elements.remove({ id: element.attributes.id, location, caller: aCaller() });
      await expect(replace(next())).rejects.toMatchObject(problem('not-found'));
      expect(await read()).toBeUndefined();
    });

    it('refuses another element of the same name and revision', async () => {
      const { id, name } = element.attributes;
      await stores.elements.remove({ id, location, caller: aCaller() });
      const another = anElement(location, name);
      await stores.elements.insert(anInsertion(location, another));
      await expect(replace(next())).rejects.toMatchObject(problem('revision-mismatch', { revision: 1 }));
      expect(await read()).toEqual(another);
    });

    it('refuses an element that is too large for an item', async () => {
      const record = { ...next(), rw: bulk(420) };
      await expect(replace(record)).rejects.toMatchObject(problem('invalid-entry'));
      expect(await read()).toEqual(element);
    });

    it('takes its blob out of staging, and refuses if that was given up', async () => {
      const blob = randomUUID();
      const claim = () =>
        stores.elements.replace({
          record: { ...next(), blob },
          former: element,
          location,
          caller: aCaller(),
          staged: blob,
        });
      await expect(claim()).rejects.toMatchObject(problem('unavailable'));
      expect(await read()).toEqual(element);
      await stores.elements.stage(blob, inMs(60_000));
      await claim();
      expect((await read())?.blob).toBe(blob);
    });

    it('settles the space of its location by the difference, or refuses', async () => {
      const counted = aLocation({ capacity: 100 });
      await stores.locations.insert(counted, aCaller());
      const available = async () => spaceLeft(await stores.rows(), counted.name);
      const former = anElement(counted, fresh('e'), { attributes: { capacity: 60 } });
      await stores.elements.insert(anInsertion(counted, former));
      const sized = (capacity: number, revision: number): ElementRecord => ({
        ...former,
        attributes: { ...former.attributes, capacity, revision },
      });
      await expect(replace(sized(101, 2), former, counted)).rejects.toMatchObject(
        problem('insufficient-space', { available: 40 }),
      );
      expect(await stores.elements.get(former.attributes.id)).toEqual(former);
      await replace(sized(100, 2), former, counted);
      expect(await available()).toBe(0);
      await replace(sized(10, 3), sized(100, 2), counted);
      expect(await available()).toBe(90);
    });
  });
};
