import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import { blobKey } from '../../lib/adapters/dynamodb/keys.ts';
import type { Location } from '../../lib/location/location.ts';
import {
  aCaller,
  aKey,
  aLocation,
  anElement,
  anInsertion,
  bulk,
  fresh,
  inMs,
  problem,
  text,
} from './records.ts';
import { spaceLeft } from './space-left.ts';
import { type Engine, type Stores, useStores } from './stores.ts';

const CAPACITY = 1_000;

/** The contract of adding an element without references. */
export const insertionContract = (engine: Engine): void => {
  describe('adding an element', () => {
    const open = useStores(engine);
    const plain = aLocation({ indexed: ['ro.os'] });
    let stores: Stores;
    let counted: Location;
    let blob: string;

    beforeEach(async () => {
      stores = open();
      counted = aLocation({ capacity: CAPACITY });
      blob = randomUUID();
      await stores.locations.insert(counted, aCaller());
      await stores.elements.stage(blob, inMs(60_000));
    });

    const available = async (): Promise<unknown> => spaceLeft(await stores.rows(), counted.name);
    const isStaged = async (): Promise<boolean> =>
      (await stores.table.get(blobKey(blob)))?.state === 'staged';

    it('reads the element back unchanged', async () => {
      const record = anElement(plain, fresh('e'), {
        ro: { ...text({ os: 'linux', empty: '' }), raw: new Uint8Array([0, 255, 128]) },
        rw: text({ 'a.b/c-d_e': 'ü' }),
        spec: { process: { args: ['/bin/true'], cwd: '' }, list: [], none: null },
        base: { usedSize: 5, capacity: 7 },
        blob,
        dueAt: inMs(60_000),
        attributes: { state: 'pending', checksum: 'sha256:00', size: 0, freeSpace: 3, capacity: 2 ** 50 },
      });
      await stores.elements.insert(anInsertion(plain, record));
      expect(await stores.elements.get(record.attributes.id)).toEqual(record);
    });

    it('reads nothing for a missing element', async () => {
      expect(await stores.elements.get(`image://${plain.name}/none`)).toBeUndefined();
    });

    it('refuses a name in use, and leaves the existing element unchanged', async () => {
      const first = anElement(plain, fresh('e'), { rw: text({ who: 'first' }) });
      await stores.elements.insert(anInsertion(plain, first));
      const second = { ...first, rw: text({ who: 'second' }), incarnation: randomUUID() };
      const { id } = first.attributes;
      await expect(stores.elements.insert(anInsertion(plain, second))).rejects.toMatchObject(
        problem('name-collision', { id }),
      );
      expect(await stores.elements.get(id)).toEqual(first);
    });

    it('gives the name of a deleted element to a new incarnation', async () => {
      const first = anElement(plain, fresh('e'), { rw: text({ who: 'first' }) });
      const { id } = first.attributes;
      await stores.elements.insert(anInsertion(plain, first));
      await stores.elements.remove({ id, location: plain, caller: aCaller() });
      const second = anElement(plain, first.attributes.name);
      await stores.elements.insert(anInsertion(plain, second));
      expect(await stores.elements.get(id)).toEqual(second);
    });

    it('uses its key, blob and space in the same step', async () => {
      const key = aKey();
      const record = anElement(counted, fresh('e'), { blob, attributes: { capacity: 400 } });
      await stores.elements.insert(anInsertion(counted, record, key));
      expect(await stores.idempotency.find(key)).toEqual({
        digest: 'digest',
        resource: record.attributes.id,
      });
      expect(await isStaged()).toBe(false);
      expect(await available()).toBe(CAPACITY - 400);
    });

    const rejections: [string, string, () => Promise<{ name?: string; key?: string; kib?: number }>][] = [
      [
        'its name is taken',
        'name-collision',
        async () => {
          const taken = anElement(counted, fresh('e'));
          await stores.elements.insert(anInsertion(counted, taken));
          return { name: taken.attributes.name };
        },
      ],
      [
        'its key was used',
        'idempotency-mismatch',
        async () => {
          const key = aKey();
          await stores.elements.insert(anInsertion(counted, anElement(counted, fresh('e')), key));
          return { key: key.key };
        },
      ],
      [
        'its blob was given up meanwhile',
        'unavailable',
        async () => {
          await stores.sweep(120_000);
          return {};
        },
      ],
      ['its space is not there', 'insufficient-space', async () => ({ kib: CAPACITY + 1 })],
    ];

    it.each(rejections)('uses nothing if %s: %s', async (_, code, arrange) => {
      const { name = fresh('e'), key, kib = 400 } = await arrange();
      const idempotency = aKey(key === undefined ? {} : { key, digest: 'another' });
      const record = anElement(counted, name, { blob, attributes: { capacity: kib } });
      const before = await stores.rows();
      await expect(stores.elements.insert(anInsertion(counted, record, idempotency))).rejects.toMatchObject(
        problem(code),
      );
      expect(await stores.rows()).toEqual(before);
    });

    it('states the remaining space if it is too small', async () => {
      const record = anElement(counted, fresh('e'), { attributes: { capacity: CAPACITY + 1 } });
      await expect(stores.elements.insert(anInsertion(counted, record))).rejects.toMatchObject(
        problem('insufficient-space', { available: CAPACITY }),
      );
      const fits = anElement(counted, fresh('e'), { attributes: { capacity: CAPACITY } });
      await stores.elements.insert(anInsertion(counted, fits));
      expect(await available()).toBe(0);
    });

    it.each([
      ['alone', undefined],
      ['with its key', aKey()],
    ])('refuses an element too large for an item, %s, and names the keys', async (_, key) => {
      const record = anElement(plain, fresh('e'), { ro: bulk(200, 'a'), rw: bulk(200, 'b') });
      const keys = [
        ...Object.keys(record.ro).map((k) => `ro.${k}`),
        ...Object.keys(record.rw).map((k) => `rw.${k}`),
      ];
      const insertion = anInsertion(plain, record, key);
      await expect(stores.elements.insert(insertion)).rejects.toMatchObject(
        problem('invalid-entry', { entries: keys.map((name) => expect.objectContaining({ key: name })) }),
      );
      expect(await stores.elements.get(record.attributes.id)).toBeUndefined();
    });

    it('accepts an element of the largest item size', async () => {
      const record = anElement(plain, fresh('e'), { rw: bulk(397) });
      await stores.elements.insert(anInsertion(plain, record));
      expect(isDeepStrictEqual(await stores.elements.get(record.attributes.id), record)).toBe(true);
    });
  });
};
