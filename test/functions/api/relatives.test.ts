import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defined } from '../../../lib/defined.ts';
import { startTaskport, type Taskport } from '../../taskport.ts';
import { bodyOf, expectInvalid, expectProblem, makeLocations, pathOf, readPages } from './support.ts';

const STRANGER = 'arn:aws:iam::123456789012:role/stranger';
const MINE = [{ principal: 'local', actions: ['create', 'read', 'delete', 'admin'] }];

let taskport: Taskport;
beforeAll(async () => {
  taskport = await startTaskport();
  await makeLocations(taskport, 'image', 'volume', { name: 'hidden', kind: 'image', grants: MINE });
});
afterAll(() => taskport.stop());

const create = (id: string, parentId?: string) =>
  bodyOf(
    taskport.call('POST', '/v1/elements', { body: defined({ id, parentId: parentId || undefined }) }),
    201,
  );
const remove = (id: string) => taskport.call('DELETE', pathOf(id));
const ids = (items: { id: string }[]) => items.map(({ id }) => id);
const related = async (id: string, what: string, as?: string) => {
  const path = `${pathOf(id)}/${what}`;
  return bodyOf(as ? taskport.callAs(as, 'GET', path) : taskport.call('GET', path), 200);
};

describe('a family', () => {
  const [grandparent, parent, hidden, child] = [
    'image://image/grandparent',
    'image://image/parent',
    'image://hidden/between',
    'volume://volume/child',
  ] as const;
  beforeAll(async () => {
    await create(grandparent);
    await create(parent, grandparent);
    await create(hidden, parent);
    await create(child, hidden);
  });

  it('is listed upwards, the parent first', async () => {
    const { items, ...rest } = await related(child, 'lineage');
    expect(ids(items)).toEqual([hidden, parent, grandparent]);
    expect(rest).toEqual({});
    expect(items[2]).toMatchObject({ kind: 'image', state: 'ready', parentId: 'scratch:' });
    expect(await related(grandparent, 'lineage')).toEqual({ items: [] });
  });

  it('is listed downwards, one generation at a time', async () => {
    expect(ids((await related(grandparent, 'children')).items)).toEqual([parent]);
    expect(ids((await related(hidden, 'children')).items)).toEqual([child]);
    expect(await related(child, 'children')).toEqual({ items: [] });
  });

  it('is shown by the references to an element', async () => {
    expect(await related(parent, 'references')).toEqual({ items: [{ id: hidden, kind: 'child' }] });
    expect(await related(child, 'references')).toEqual({ items: [] });
  });

  it('is shown to others as far as they may read it, with a count of the rest', async () => {
    const lineage = await related(child, 'lineage', STRANGER);
    expect([ids(lineage.items), lineage.hidden]).toEqual([[parent, grandparent], 1]);
    expect(await related(parent, 'children', STRANGER)).toEqual({ items: [], hidden: 1 });
    expect(await related(parent, 'references', STRANGER)).toEqual({ items: [], hidden: 1 });
    const refused = await taskport.callAs(STRANGER, 'DELETE', pathOf(parent));
    expectProblem(refused, 409, 'in-use', { references: [], hidden: 1 });
    expect(JSON.stringify(refused.body)).not.toContain('between');
  });

  it('is deleted only from the youngest upwards', async () => {
    expectProblem(await remove(parent), 409, 'in-use', {
      references: [{ id: hidden, kind: 'child' }],
      hidden: 0,
    });
    const before = await bodyOf(taskport.call('GET', pathOf(parent)), 200);
    expect(before.revision).toBe(1);
    for (const id of [child, hidden, parent, grandparent]) await bodyOf(remove(id), 204);
  });
});

describe('many children', () => {
  const parent = 'image://image/popular';
  const children = Array.from({ length: 25 }, (_, at) => `volume://volume/c${String(at).padStart(3, '0')}`);
  beforeAll(async () => {
    await create(parent);
    await Promise.all(children.map((id) => create(id, parent)));
  });

  it.each(['children', 'references'])(
    'come in pages, in order, none lost and none twice: %s',
    async (what) => {
      for (const limit of [1, 7, 25, 1000]) {
        const pages = await readPages(taskport.call, `${pathOf(parent)}/${what}`, limit);
        expect(ids(pages.flat())).toEqual(children);
      }
    },
  );

  it.each(['children', 'references'])(
    'that are created between two pages do not disturb the others: %s',
    async (what) => {
      const path = `${pathOf(parent)}/${what}`;
      const first = await bodyOf(taskport.call('GET', `${path}?limit=10`), 200);
      const [early, late] = [`volume://volume/b-${what}`, `volume://volume/d-${what}`];
      await create(early, parent);
      await create(late, parent);
      const rest = await bodyOf(taskport.call('GET', `${path}?limit=100&cursor=${first.cursor}`), 200);
      expect(ids([...first.items, ...rest.items])).toEqual([...children, late]);
      for (const id of [early, late]) await bodyOf(remove(id), 204);
    },
  );

  it('are listed for a refused delete up to a hundred, with a cursor for the rest', async () => {
    const all = 'image://image/parent-of-all';
    await create(all);
    const offspring = Array.from(
      { length: 103 },
      (_, at) => `volume://volume/x${String(at).padStart(3, '0')}`,
    );
    await Promise.all(offspring.map((id) => create(id, all)));
    const { body } = await remove(all);
    expect(ids(body.references)).toEqual(offspring.slice(0, 100));
    const rest = await related(all, `references?cursor=${body.cursor}`);
    expect(ids(rest.items)).toEqual(offspring.slice(100));
  });

  it('refuse the cursor of another list', async () => {
    const { cursor } = await related(parent, 'children?limit=1');
    const others = [`${pathOf(parent)}/references`, `${pathOf('volume://volume/c000')}/children`];
    for (const path of others) {
      expectInvalid(await taskport.call('GET', `${path}?cursor=${cursor}`), '?cursor');
    }
    expectInvalid(await taskport.call('GET', `${pathOf(parent)}/children?cursor=made-up`), '?cursor');
  });

  it('are deleted concurrently with a new one, and no child loses its parent', async () => {
    for (let round = 0; round < 8; round += 1) {
      const contested = `image://image/contested-${round}`;
      await create(contested);
      const body = { id: `image://image/newborn-${round}`, parentId: contested };
      const [birth, death] = await Promise.all([
        taskport.call('POST', '/v1/elements', { body }),
        remove(contested),
      ]);
      const outcome = `${birth.status} ${death.status}`;
      expect(['201 409', '422 204']).toContain(outcome);
      const found = await taskport.call('GET', pathOf(body.id));
      expect(found.status).toBe(birth.status === 201 ? 200 : 404);
    }
  });
});
