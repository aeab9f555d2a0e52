import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { defined } from '../../../lib/defined.ts';
import { type LoggedTaskport, startLogged } from './event-stream.ts';
import { bodyOf, expectInvalid, expectProblem, makeLocations, pathOf, readPages, waysIn } from './support.ts';

const role = (name: string): string => `arn:aws:iam::123456789012:role/${name}`;
const ALL = ['create', 'read', 'write', 'delete', 'compose', 'admin'];
const MINE = [
  { principal: 'local', actions: ALL },
  { principal: role('reader'), actions: ['read'] },
  { principal: role('writer'), actions: ALL.filter((action) => action !== 'read') },
];

let taskport: LoggedTaskport;
beforeAll(async () => {
  taskport = await startLogged(inject('dynamodbUrl'));
  await makeLocations(
    taskport,
    'image',
    'volume',
    'executor',
    { name: 'guarded', kind: 'image', grants: MINE },
    { name: 'secret', kind: 'image', grants: MINE.slice(0, 1) },
  );
});
afterAll(() => taskport.stop());

const create = (id: string, rest: object = {}) =>
  bodyOf(taskport.call('POST', '/v1/elements', { body: { id, ...rest } }), 201);
const update = (id: string, rw: object) =>
  bodyOf(taskport.call('PATCH', pathOf(id), { body: { metadata: { rw } } }), 200);
const remove = (id: string) => bodyOf(taskport.call('DELETE', pathOf(id)), 204);
const auditPath = (id: string): string => `${pathOf(id)}/audit`;
const trail = async (id: string, query = '') => {
  await taskport.logged();
  return bodyOf(taskport.call('GET', `${auditPath(id)}${query}`), 200);
};

describe('the audit trail of an element', () => {
  it('shows who did what and when, the earliest first, with names of changed keys only', async () => {
    const id = 'image://image/changed';
    const first = await create(id, {
      metadata: { ro: { os: 'value-1' }, rw: { a: 'value-2', b: 'value-3' } },
    });
    const as = waysIn(taskport)[1]?.[1];
    const body = { metadata: { rw: { a: 'value-4', b: null, c: 'value-5' } } };
    const second = await bodyOf(as?.('PATCH', pathOf(id), { body }) as never, 200);
    const { items, ...rest } = await trail(id);
    const { createdAt } = first;
    expect({ items, rest }).toEqual({
      items: [
        { action: 'Created', actor: 'local', at: first.modifiedAt, createdAt, revision: 1 },
        {
          action: 'Modified',
          actor: role('tester'),
          at: second.modifiedAt,
          createdAt,
          revision: 2,
          changed: ['rw.a', 'rw.b', 'rw.c'],
        },
      ].map((entry) => ({
        ...entry,
        eventId: expect.any(String),
        ...defined({ parentId: entry.revision === 1 ? 'scratch:' : undefined }),
      })),
      rest: {},
    });
    expect(JSON.stringify(items)).not.toContain('value-');
  });

  it('survives the delete of the element, and continues with a new one of that name', async () => {
    const id = 'image://image/phoenix';
    await create(id);
    await update(id, { a: '1' });
    await remove(id);
    const entries = async () =>
      (await trail(id)).items.map(({ action, revision }: Record<string, unknown>) => [action, revision]);
    const before = [
      ['Created', 1],
      ['Modified', 2],
      ['Deleted', 3],
    ];
    expect(await entries()).toEqual(before);
    expectProblem(await taskport.call('GET', pathOf(id)), 404, 'not-found');
    await create(id);
    await update(id, { b: '2' });
    expect(await entries()).toEqual([...before, ['Created', 1], ['Modified', 2]]);
    const { items } = await trail(id);
    expect(new Set(items.map(({ createdAt }: { createdAt: string }) => createdAt)).size).toBe(2);
  });

  it('comes in pages, with cursors of that trail only', async () => {
    const [id, other] = ['image://image/paged', 'image://image/paged-too'];
    await create(id);
    for (let nth = 1; nth <= 6; nth += 1) await update(id, { nth: String(nth) });
    await create(other);
    await update(other, { nth: '1' });
    await taskport.logged();
    for (const limit of [1, 3, 7, 100]) {
      const pages = await readPages(taskport.call, auditPath(id), limit);
      expect(pages.flat().map(({ revision }) => revision)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    }
    const { cursor } = await trail(id, '?limit=1');
    expectInvalid(await taskport.call('GET', `${auditPath(other)}?cursor=${cursor}`), '?cursor');
    expectInvalid(await taskport.call('GET', `${pathOf(id)}/references?cursor=${cursor}`), '?cursor');
    expectInvalid(await taskport.call('GET', `${auditPath(id)}?cursor=nonsense`), '?cursor');
  });

  it('refuses unknown parameters', async () => {
    const path = auditPath('image://image/changed');
    expectInvalid(await taskport.call('GET', `${path}?since=yesterday`), '?since');
    expectInvalid(await taskport.call('GET', `${path}?limit=0`), '?limit');
    expectInvalid(await taskport.call('GET', `${path}?limit=1001`), '?limit');
  });

  it('exists for present and past elements only', async () => {
    expectProblem(await taskport.call('GET', auditPath('image://image/never')), 404, 'not-found');
    expectProblem(await taskport.call('GET', auditPath('image://nowhere/never')), 404, 'unknown-location');
    expectProblem(await taskport.call('GET', auditPath('volume://image/never')), 404, 'unknown-location');
    const id = 'image://image/awaited';
    await create(id, { data: { upload: true } });
    expect(await trail(id)).toEqual({ items: [] });
  });

  it('is shown only to callers who may read there', async () => {
    const id = 'image://guarded/one';
    await create(id);
    await taskport.logged();
    const as = (name: string, of = id) => taskport.callAs(role(name), 'GET', auditPath(of));
    expect((await bodyOf(as('reader'), 200)).items).toHaveLength(1);
    expectProblem(await as('writer'), 403, 'permission-denied', { action: 'read' });
    expectProblem(await as('stranger'), 403, 'permission-denied', { action: 'read' });
    expectProblem(await as('stranger', 'image://guarded/never'), 403, 'permission-denied');
  });

  it('names its children, but only those that the caller may read', async () => {
    const parent = 'image://guarded/parent';
    await create(parent);
    const child = await create('image://secret/child', { parentId: parent });
    const { id, createdAt } = child;
    const { items } = await trail(parent);
    expect(items.slice(1)).toMatchObject([
      { action: 'Inherited', actor: 'local', child: { id, createdAt, revision: 1 } },
    ]);
    const shown = await bodyOf(taskport.callAs(role('reader'), 'GET', auditPath(parent)), 200);
    expect(shown).toMatchObject({ items: [{ action: 'Created' }], hidden: 1 });
    expect(JSON.stringify(shown)).not.toContain(id);
  });
});

describe('a composition', () => {
  const [executor, root, data] = ['executor://executor/e', 'image://image/root', 'volume://volume/data'];
  const COMPOSER = role('composer');
  beforeAll(async () => {
    for (const id of [executor, root, data]) await create(id);
    const start = taskport.callAs(COMPOSER, 'POST', '/v1/compositions', { body: { executorId: executor } });
    let { handle } = await bodyOf(start, 201);
    const step = async (what: string, body: object, as = COMPOSER) => {
      const path = `/v1/compositions/${encodeURIComponent(handle)}/${what}`;
      ({ handle } = await bodyOf(taskport.callAs(as, 'POST', path, { body }), 200));
    };
    await step('join', { id: root, mount: { path: '/' } });
    await step('join', { id: data, mount: { path: '/data' } });
    await step('bind', {});
    await step('unbind', { id: data }, role('another'));
    await step('leave', { id: data });
  });
  const entries = async (id: string) =>
    (await trail(id)).items.map(
      ({ action, actor, id: member, composition }: Record<string, never>) =>
        [
          action,
          actor,
          ...(member ? [member] : []),
          ...(composition ? [(composition as { revision: number }).revision] : []),
        ] as unknown[],
    );

  it('appears in the trail of the executor, with the caller and the members', async () => {
    const found = await entries(executor);
    expect(found.slice(0, 3)).toEqual([
      ['Created', 'local'],
      ['Joined', COMPOSER, root, 2],
      ['Joined', COMPOSER, data, 3],
    ]);
    expect(found.slice(3, 5).sort()).toEqual(
      [
        ['Bound', COMPOSER, root, 4],
        ['Bound', COMPOSER, data, 4],
      ].sort(),
    );
    expect(found.slice(5)).toEqual([
      ['Unbound', role('another'), data, 5],
      ['Left', COMPOSER, data, 6],
    ]);
  });

  it('appears in the trail of each member, with the executor', async () => {
    expect(await entries(data)).toEqual([
      ['Created', 'local'],
      ['Joined', COMPOSER, 3],
      ['Bound', COMPOSER, 4],
      ['Unbound', role('another'), 5],
      ['Left', COMPOSER, 6],
    ]);
    const { items } = await trail(root);
    expect(items.map(({ action }: { action: string }) => action)).toEqual(['Created', 'Joined', 'Bound']);
    expect(items[1]).toMatchObject({ composition: { executorId: executor }, mount: { path: '/' } });
  });
});
