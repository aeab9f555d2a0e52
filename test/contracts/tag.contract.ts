import { beforeEach, describe, expect, it } from 'vitest';
import type { Dependencies } from '../../functions/dependencies.ts';
import { createElement } from '../../lib/element/create-element.ts';
import { deleteElement } from '../../lib/element/delete-element.ts';
import { parseId } from '../../lib/element/id.ts';
import { listTags, readTag } from '../../lib/element/registry/read-tags.ts';
import { removeTag } from '../../lib/element/registry/remove-tag.ts';
import { setTag, type TagCondition } from '../../lib/element/registry/set-tag.ts';
import { type TagRecord, tagNamed, versionOf } from '../../lib/element/registry/tag.ts';
import type { Location } from '../../lib/location/location.ts';
import { dependenciesOn } from './api.ts';
import { aCaller, aLocation, problem } from './records.ts';
import { faultsIn } from './references-in-table.ts';
import { type Engine, type Stores, useStores } from './stores.ts';

const numbers = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

/** The contract of tags. */
export const tagContract = (engine: Engine): void => {
  describe('tags', () => {
    const open = useStores(engine);
    let stores: Stores;
    let deps: Dependencies;
    let location: Location;

    const idOf = (name: string): string => `image://${location.name}/${name}`;
    const nameOf = (tag: string) => {
      const name = tagNamed(parseId(idOf(tag), 'id'));
      if (!name) throw new Error(`${tag} is none`);
      return name;
    };
    const create = (name: string, parent?: string) =>
      createElement(deps, aCaller(), {
        id: idOf(name),
        ...(parent !== undefined && { parentId: idOf(parent) }),
      });
    const tag = async (of: string, image: string, condition?: TagCondition): Promise<TagRecord> =>
      (await setTag(deps, aCaller(), nameOf(of), { id: idOf(image) }, condition)).record;
    const named = async (of: string): Promise<string | undefined> =>
      (await stores.tags.get(idOf(of)))?.attributes.id;
    const remove = (name: string) => deleteElement(deps, aCaller(), parseId(idOf(name), 'id'));
    const untag = (of: string) => removeTag(deps, aCaller(), nameOf(of));
    const faults = async () => faultsIn(await stores.rows());

    beforeEach(async () => {
      stores = open();
      deps = dependenciesOn(stores);
      location = aLocation();
      await stores.locations.insert(location, aCaller());
      await create('old');
      await create('fresh');
    });

    it('name an image, then another, and nothing after their removal', async () => {
      await tag('app:1.2', 'old');
      expect(await named('app:1.2')).toBe(idOf('old'));
      const moved = await tag('app:1.2', 'fresh');
      expect(moved.attributes).toMatchObject({
        id: idOf('fresh'),
        revision: 2,
        name: '1.2',
        repository: 'app',
      });
      expect(await stores.tags.get(idOf('app:1.2'))).toEqual(moved);
      await untag('app:1.2');
      expect(await named('app:1.2')).toBeUndefined();
      await expect(untag('app:1.2')).rejects.toMatchObject(problem('not-found', { id: idOf('app:1.2') }));
      expect(await faults()).toEqual([]);
    });

    it('start a new life after a removal', async () => {
      const first = await tag('app:1', 'old');
      await untag('app:1');
      const second = await tag('app:1', 'old');
      expect(second.attributes.revision).toBe(1);
      expect(second.life).not.toBe(first.life);
      await expect(tag('app:1', 'fresh', [versionOf(first)])).rejects.toMatchObject(
        problem('revision-mismatch'),
      );
      expect((await tag('app:1', 'fresh', [versionOf(second)])).attributes.id).toBe(idOf('fresh'));
    });

    it('are unchanged if they already name the image', async () => {
      const first = await tag('app:1', 'old');
      expect(await tag('app:1', 'old')).toEqual(first);
      expect(await faults()).toEqual([]);
    });

    it('are created only if absent, or moved only if present, on request', async () => {
      await expect(tag('app:1', 'old', 'present')).rejects.toMatchObject(problem('revision-mismatch'));
      await tag('app:1', 'old', 'absent');
      await expect(tag('app:1', 'fresh', 'absent')).rejects.toMatchObject(problem('revision-mismatch'));
      await tag('app:1', 'fresh', 'present');
      expect(await named('app:1')).toBe(idOf('fresh'));
    });

    it('name the image that another tag names, and stay there when that moves', async () => {
      await tag('app:1', 'old');
      await tag('app:latest', 'app:1');
      await tag('app:stable', 'app');
      await tag('app:1', 'fresh');
      expect(await named('app:latest')).toBe(idOf('old'));
      expect(await named('app:stable')).toBe(idOf('old'));
    });

    it('cannot name a missing image, and leave nothing behind', async () => {
      await expect(tag('app:1', 'none')).rejects.toMatchObject(problem('not-found', { id: idOf('none') }));
      await expect(tag('app:1', 'app:2')).rejects.toMatchObject(problem('not-found', { id: idOf('app:2') }));
      expect(await faults()).toEqual([]);
    });

    it('refer to their images without protecting them, and are deleted with them', async () => {
      await tag('app:1', 'old');
      await tag('tool:1', 'old');
      await tag('app:2', 'fresh');
      expect(await stores.elements.references(idOf('old'), 10)).toEqual({
        items: [
          { id: idOf('app:1'), kind: 'tag' },
          { id: idOf('tool:1'), kind: 'tag' },
        ],
      });
      await remove('old');
      expect(await named('app:1')).toBeUndefined();
      expect(await named('tool:1')).toBeUndefined();
      expect(await named('app:2')).toBe(idOf('fresh'));
      expect(await faults()).toEqual([]);
    });

    it('are deleted with an image that has the name of a former one', async () => {
      await tag('app:1', 'old');
      await remove('old');
      await create('old');
      expect(await named('app:1')).toBeUndefined();
      await remove('old');
      expect(await faults()).toEqual([]);
    });

    it('do not hide other references to an image from its delete', async () => {
      await tag('app:1', 'old');
      await create('child', 'old');
      await expect(remove('old')).rejects.toMatchObject(
        problem('in-use', { references: [{ id: idOf('child'), kind: 'child' }] }),
      );
      expect(await named('app:1')).toBe(idOf('old'));
    });

    it('prevent the delete of an image if they are too many for one step', async () => {
      const names = numbers(50).map((at) => `app:${at}`);
      await Promise.all(names.map((name) => tag(name, 'old')));
      const before = await stores.rows();
      await expect(remove('old')).rejects.toMatchObject({
        code: 'in-use',
        message: expect.stringContaining('remove some of its tags'),
      });
      expect(await stores.rows()).toEqual(before);
      await untag('app:7');
      await remove('old');
      expect(await named('app:3')).toBeUndefined();
      expect(await faults()).toEqual([]);
    });

    it('never have the name of an element', async () => {
      await create('app:1');
      await expect(tag('app:1', 'old')).rejects.toMatchObject(
        problem('name-collision', { id: idOf('app:1') }),
      );
      await tag('app:2', 'old');
      for (const parent of [undefined, 'fresh']) {
        await expect(create('app:2', parent)).rejects.toMatchObject(
          problem('name-collision', { id: idOf('app:2') }),
        );
      }
      await untag('app:2');
      await create('app:2');
      await remove('app:1');
      await tag('app:1', 'old');
      expect(await faults()).toEqual([]);
    });

    it.each([1, 2, 7, 100])('are listed by repository and name, %i a page', async (limit) => {
      const names = ['app:1', 'app:1.2', 'app:1-rc', 'app:A', 'app:_', 'app-2:1', 'app.x:1', 'a:1', 'zoo:9'];
      for (const name of names) await tag(name, 'old');
      const pages = async (repository?: string): Promise<string[]> => {
        const seen: string[] = [];
        let cursor: string | undefined;
        do {
          const of = { location: location.name, ...(repository !== undefined && { repository }) };
          const page = await listTags(deps, 'tester', of, { limit, ...(cursor !== undefined && { cursor }) });
          expect(page.items.length).toBeLessThanOrEqual(limit);
          seen.push(...page.items.map(({ repository: of, name }) => `${of}:${name}`));
          cursor = page.cursor;
        } while (cursor !== undefined);
        return seen;
      };
      await expect.poll(() => pages('app')).toEqual(['app:1', 'app:1-rc', 'app:1.2', 'app:A', 'app:_']);
      await expect
        .poll(() => pages())
        .toEqual(['a:1', 'app:1', 'app:1-rc', 'app:1.2', 'app:A', 'app:_', 'app-2:1', 'app.x:1', 'zoo:9']);
      expect(await pages('none')).toEqual([]);
    });

    it.each([1, 3, 100])('list the repositories of a location, %i a page', async (limit) => {
      const repositories = ['a', 'app', 'app-2', 'app.x', 'b', 'busy', 'zoo'];
      for (const repository of repositories) await tag(`${repository}:1`, 'old');
      // More than one query reads.
      await Promise.all(numbers(60).map((at) => tag(`busy:t${at}`, at % 2 === 0 ? 'old' : 'fresh')));
      const pages = async (): Promise<string[]> => {
        const seen: string[] = [];
        let after: string | undefined;
        do {
          const page = await stores.tags.repositories(location.name, {
            limit,
            ...(after !== undefined && { after }),
          });
          expect(page.items.length).toBeLessThanOrEqual(limit);
          seen.push(...page.items);
          after = page.next;
        } while (after !== undefined);
        return seen;
      };
      await expect.poll(pages).toEqual(repositories);
    });

    it('are read by their names, and not found if absent', async () => {
      const set = await tag('app:1', 'old');
      expect(await readTag(deps, 'tester', nameOf('app:1'))).toEqual(set);
      await expect(readTag(deps, 'tester', nameOf('app:2'))).rejects.toMatchObject(
        problem('not-found', { id: idOf('app:2') }),
      );
    });
  });
};
