import { beforeAll, describe, expect, it, vi } from 'vitest';
import { defined } from '../../lib/defined.ts';
import type { ElementRecord, ListItem } from '../../lib/element/element.ts';
import type { ElementQuery } from '../../lib/element/element-store.ts';
import type { Page } from '../../lib/page.ts';
import { PATIENCE } from '../patience.ts';
import { aCaller, aLocation, anElement, anInsertion, childOf, fresh, idIn, text } from './records.ts';
import { type Engine, type Stores, useStores } from './stores.ts';

type Read = (limit: number, after?: string) => Promise<Page<ListItem>>;

const pagesOf = async (read: Read, limit: number): Promise<string[]> => {
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const page = await read(limit, after);
    expect(page.items.length).toBeLessThanOrEqual(limit);
    seen.push(...page.items.map((item) => item.attributes.id));
    after = page.next;
  } while (after !== undefined);
  return seen;
};

/** The contract of lists. */
export const listContract = (engine: Engine): void => {
  describe.each([undefined, 16])('lists of a location with %s shards', (listShards) => {
    const open = useStores(engine);
    const place = fresh('list');
    const indexed = ['ro.os', 'rw.tier'];
    const location = aLocation({ name: place, indexed, ...defined({ listShards }) });
    // Its name starts with the name of the first.
    const neighbour = aLocation({ name: `${place}-2`, indexed, ...defined({ listShards }) });
    const root = anElement(neighbour, 'root');
    let stores: Stores;

    const elements: ElementRecord[] = [
      ['A', 'linux', 'gold', 'ready'],
      ['a', 'linux', 'lead', 'ready'],
      ['a+1', 'plan9', 'gold', 'pending'],
      ['a-1', 'linux', 'a=b#c', 'ready'],
      ['a.1', 'linux2', 'gold', 'failed'],
      ['b', '', 'gold', 'ready'],
    ].map(([name = '', os = '', tier = '', state], at) => {
      const overrides = {
        ro: text({ os, hidden: 'x' }),
        rw: text({ tier }),
        attributes: { state: state as 'ready' },
      };
      const make = at % 2 === 0 ? anElement : childOf.bind(undefined, root.attributes.id);
      return make(location, name, overrides);
    });

    beforeAll(async () => {
      stores = open();
      await stores.elements.insert(anInsertion(neighbour, root));
      await stores.elements.insert(
        anInsertion(neighbour, anElement(neighbour, 'a', { ro: text({ os: 'linux' }) })),
      );
      for (const record of elements) {
        const { id, parentId } = record.attributes;
        const insertion = anInsertion(location, record);
        if (parentId === root.attributes.id) {
          await stores.elements.insertUnder(parentId, id, () => record, insertion);
        } else await stores.elements.insert(insertion);
      }
      const cousin = childOf(root.attributes.id, neighbour, 'a');
      const name = { id: idIn(neighbour, 'cousin'), name: 'cousin' };
      const record = { ...cousin, attributes: { ...cousin.attributes, ...name } };
      await stores.elements.insertUnder(
        root.attributes.id,
        name.id,
        () => record,
        anInsertion(neighbour, record),
      );
      await vi.waitFor(async () => {
        expect((await stores.elements.list({ location, limit: 9 })).items).toHaveLength(6);
        expect((await stores.elements.children(root.attributes.id, 9)).items).toHaveLength(4);
      }, PATIENCE);
    });

    const ids = (...names: string[]): string[] => names.map((name) => idIn(location, name));

    const queries: [string, Omit<ElementQuery, 'location' | 'limit'>, string[]][] = [
      ['all of a location', {}, ['A', 'a', 'a+1', 'a-1', 'a.1', 'b']],
      ['those whose name begins so', { namePrefix: 'a' }, ['a', 'a+1', 'a-1', 'a.1']],
      ['those whose name begins so, of which there are none', { namePrefix: 'c' }, []],
      ['those in a state', { equality: { type: 'state', state: 'ready' } }, ['A', 'a', 'a-1', 'b']],
      [
        'those in a state by name',
        { equality: { type: 'state', state: 'ready' }, namePrefix: 'a' },
        ['a', 'a-1'],
      ],
      ['those in a state nobody is in', { equality: { type: 'state', state: 'verifying' } }, []],
      [
        'those with an ro key',
        { equality: { type: 'indexed', key: 'ro.os', value: 'linux' } },
        ['A', 'a', 'a-1'],
      ],
      [
        'those with an rw key',
        { equality: { type: 'indexed', key: 'rw.tier', value: 'gold' } },
        ['A', 'a+1', 'a.1', 'b'],
      ],
      [
        'those with a strange value',
        { equality: { type: 'indexed', key: 'rw.tier', value: 'a=b#c' } },
        ['a-1'],
      ],
      ['those with an empty value', { equality: { type: 'indexed', key: 'ro.os', value: '' } }, ['b']],
      [
        'those with a key by name',
        { equality: { type: 'indexed', key: 'rw.tier', value: 'gold' }, namePrefix: 'a.' },
        ['a.1'],
      ],
      ['those of a parent', { equality: { type: 'parent', id: root.attributes.id } }, ['a', 'a-1', 'b']],
      [
        'those of a parent by name',
        { equality: { type: 'parent', id: root.attributes.id }, namePrefix: 'a' },
        ['a', 'a-1'],
      ],
      ['those from scratch', { equality: { type: 'parent', id: 'scratch:' } }, ['A', 'a+1', 'a.1']],
    ];

    it.each(queries)('show %s in name order, in pages of any size', async (_, query, expected) => {
      for (const limit of [1, 2, 100]) {
        const read: Read = (size, after) =>
          stores.elements.list({ location, ...query, limit: size, ...defined({ after }) });
        expect(await pagesOf(read, limit)).toEqual(ids(...expected));
      }
    });

    it('contain attributes and the text of indexed keys, and nothing else', async () => {
      const { items } = await stores.elements.list({ location, limit: 1 });
      expect(items).toEqual([
        { attributes: elements[0]?.attributes, indexed: { 'ro.os': 'linux', 'rw.tier': 'gold' } },
      ]);
    });

    it('continue after a deleted element', async () => {
      const doomed = anElement(location, 'a0');
      await stores.elements.insert(anInsertion(location, doomed));
      await stores.elements.remove({ id: doomed.attributes.id, location, caller: aCaller() });
      const { items } = await stores.elements.list({ location, limit: 100, after: 'a0' });
      expect(items.map((item) => item.attributes.name)).toEqual(['b']);
      const children = await stores.elements.children(root.attributes.id, 1, idIn(location, 'a0'));
      expect(children.items.map((item) => item.attributes.name)).toEqual(['b']);
    });

    it('contain the children of an element in all locations, in order of their IDs', async () => {
      for (const limit of [1, 3, 100]) {
        const read: Read = (size, after) => stores.elements.children(root.attributes.id, size, after);
        expect(await pagesOf(read, limit)).toEqual([idIn(neighbour, 'cousin'), ...ids('a', 'a-1', 'b')]);
      }
    });

    it('read many elements in the requested order, without missing ones', async () => {
      const gone = anElement(location, 'gone');
      await stores.elements.insert(anInsertion(location, gone));
      await stores.elements.remove({ id: gone.attributes.id, location, caller: aCaller() });
      const found = await stores.elements.getMany(ids('b', 'none', 'A', 'gone', 'a'));
      expect(found.map((item) => item.attributes.name)).toEqual(['b', 'A', 'a']);
      expect(await stores.elements.getMany([])).toEqual([]);
    });

    it('read as many elements as one may have ancestors', async () => {
      const asked = [
        ...Array.from({ length: 125 }, (_, at) => idIn(location, `none${at}`)),
        ...ids('b', 'a'),
      ];
      expect((await stores.elements.getMany(asked)).map((item) => item.attributes.name)).toEqual(['b', 'a']);
    });

    it('read a thousand elements, although DynamoDB leaves keys of a late batch unprocessed', async () => {
      let batches = 0;
      const strained = stores.intercepted(async <T>(_: string, send: () => Promise<T>, input: unknown) => {
        batches += 1;
        const { RequestItems } = input as { RequestItems: object };
        return batches === 10 ? ({ output: { UnprocessedKeys: RequestItems } } as T) : send();
      });
      const asked = [...Array.from({ length: 1_000 }, (_, at) => idIn(location, `none${at}`)), ...ids('b')];
      expect((await strained.elements.getMany(asked)).map((item) => item.attributes.name)).toEqual(['b']);
      expect(batches).toBe(12);
    });
  });
};
