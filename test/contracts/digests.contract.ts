import { randomBytes, randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Content } from '../../lib/element/content.ts';
import type { ElementRecord } from '../../lib/element/element.ts';
import { type Layer, toLayer } from '../../lib/element/layer.ts';
import { aCaller, aLocation, anElement, anInsertion, fresh, inMs } from './records.ts';
import { type Engine, type Stores, useStores } from './stores.ts';

const aLayer = (): Layer =>
  toLayer(`sha256:${randomBytes(32).toString('hex')}`, 7, {
    compression: 'gzip',
    diffId: `sha256:${'0'.repeat(64)}`,
  });

/** The contract of the index of digests. */
export const digestsContract = (engine: Engine): void => {
  describe('the index of digests', () => {
    const open = useStores(engine);
    const location = aLocation();
    let stores: Stores;
    let blob: string;
    let layer: Layer;

    beforeEach(async () => {
      stores = open();
      blob = randomUUID();
      layer = aLayer();
      await stores.elements.stage(blob, inMs(60_000));
    });

    const found = (repository?: string, place = location): Promise<readonly Content[]> =>
      stores.elements.contents(place, [layer.digest], repository);
    const digestRows = async () => (await stores.rows()).filter(({ row }) => row === 'digest');
    const insert = (record: ElementRecord): Promise<void> =>
      stores.elements.insert(anInsertion(location, record));
    const remove = ({ attributes: { id } }: ElementRecord) =>
      stores.elements.remove({ id, location, caller: aCaller() });
    const contentOf = ({ attributes: { id } }: ElementRecord): Content => {
      const { digest, mediaType, size } = layer;
      return { id, part: 'layer', digest, mediaType, size, blob, at: 0 };
    };

    it('finds the layer of a ready element from its insert to its removal, in its location only', async () => {
      const record = anElement(location, fresh('e'), { blob, layer });
      expect(await found()).toEqual([]);
      await insert(record);
      expect(await stores.elements.get(record.attributes.id)).toEqual(record);
      expect(await found()).toEqual([contentOf(record)]);
      expect(await found(undefined, aLocation())).toEqual([]);
      await remove(record);
      expect(await found()).toEqual([]);
      expect(await digestRows()).toEqual([]);
    });

    it('does not find an element that awaits its data before the data is there', async () => {
      const pending = anElement(location, fresh('e'), { attributes: { state: 'pending' } });
      await insert(pending);
      expect(await found()).toEqual([]);
      const ready = {
        ...pending,
        blob,
        layer,
        attributes: { ...pending.attributes, state: 'ready' as const, revision: 2 },
      };
      await stores.elements.replace({
        record: ready,
        former: pending,
        location,
        caller: aCaller(),
        staged: blob,
      });
      expect(await found()).toEqual([contentOf(ready)]);
      await remove(ready);
      expect(await digestRows()).toEqual([]);
    });

    it('is unaffected by other changes of the element', async () => {
      const record = anElement(location, fresh('e'), { blob, layer });
      await insert(record);
      const changed = { ...record, attributes: { ...record.attributes, freeSpace: 1, revision: 2 } };
      await stores.elements.replace({ record: changed, former: record, location, caller: aCaller() });
      expect(await found()).toEqual([contentOf(record)]);
      await remove(changed);
    });

    it('finds all elements with a digest, or those of one repository', async () => {
      const app = fresh('app');
      const names = [app, `${app}:1.2`, `${app}@x`, `${app}-x`, `${app}.x:1`, `${app}0`, `a${app}`];
      const records: ElementRecord[] = [];
      for (const name of names) {
        const own = randomUUID();
        await stores.elements.stage(own, inMs(60_000));
        records.push(anElement(location, name, { blob: own, layer }));
        await insert(records.at(-1) as ElementRecord);
      }
      const idsOf = (contents: readonly Content[]) => contents.map(({ id }) => id);
      const ids = records.map(({ attributes: { id } }) => id);
      expect(idsOf(await found())).toEqual(ids.toSorted());
      expect(idsOf(await found(app))).toEqual(ids.slice(0, 3));
      expect(await found('none')).toEqual([]);
    });

    it('is cleaned up with elements that the sweeper deletes', async () => {
      const record = anElement(location, fresh('e'), { blob, layer, dueAt: inMs(-1) });
      await insert(record);
      expect(await found()).toHaveLength(1);
      await stores.sweep();
      expect(await stores.elements.get(record.attributes.id)).toBeUndefined();
      expect(await found()).toEqual([]);
    });
  });
};
