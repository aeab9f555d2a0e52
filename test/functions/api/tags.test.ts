import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type LoggedTaskport, startLogged } from './event-stream.ts';
import { bodyOf, expectInvalid, expectProblem, makeLocations, pathOf, readPages, tagAt } from './support.ts';

const role = (name: string): string => `arn:aws:iam::123456789012:role/${name}`;
const MINE = [
  { principal: 'local', actions: ['create', 'read', 'write', 'delete', 'admin'] },
  { principal: role('reader'), actions: ['read'] },
  { principal: role('creator'), actions: ['read', 'create'] },
  { principal: role('mover'), actions: ['read', 'write'] },
  { principal: role('remover'), actions: ['delete'] },
];

let taskport: LoggedTaskport;
beforeAll(async () => {
  taskport = await startLogged(inject('dynamodbUrl'));
  await makeLocations(
    taskport,
    'image',
    'volume',
    { name: 'other', kind: 'image' },
    { name: 'guarded', kind: 'image', grants: MINE },
  );
  for (const id of ['image://image/old', 'image://image/new', 'image://guarded/old', 'image://guarded/new'])
    await create(id);
});
afterAll(() => taskport.stop());

const create = (id: string) => bodyOf(taskport.call('POST', '/v1/elements', { body: { id } }), 201);
const tagPath = (tag: string): string => `/v1/tags/${tag.replace(':', '/')}`;
const set = (tag: string, id: string, headers: Record<string, string> = {}) =>
  taskport.call('PUT', tagPath(tag), { body: { id }, headers });
const etagOf = async (tag: string): Promise<string> =>
  (await taskport.call('GET', tagPath(tag))).headers.get('etag') ?? '';

describe('a tag', () => {
  it('is created, moved, read and removed, with an entity tag of its own', async () => {
    const made = await set('image/app:1', 'image://image/old');
    expect(made.status).toBe(201);
    expect(made.headers.get('location')).toBe('/v1/tags/image/app/1');
    expect(made.headers.get('etag')).toMatch(tagAt(1));
    const { modifiedAt, createdAt } = made.body;
    expect(made.body).toEqual({
      ...{ tag: 'image://image/app:1', id: 'image://image/old' },
      ...{ location: 'image', repository: 'app', name: '1', revision: 1 },
      ...{ createdAt, createdBy: 'local', modifiedAt, modifiedBy: 'local' },
    });
    const moved = await set('image/app:1', 'image://image/new');
    expect([moved.status, moved.body.id, moved.headers.get('location')]).toEqual([
      200,
      'image://image/new',
      null,
    ]);
    expect(moved.headers.get('etag')).toMatch(tagAt(2));
    const read = await taskport.call('GET', tagPath('image/app:1'));
    expect([read.body, read.headers.get('etag')]).toEqual([moved.body, moved.headers.get('etag')]);
    const headers = { 'if-none-match': read.headers.get('etag') ?? '' };
    expect((await taskport.call('GET', tagPath('image/app:1'), { headers })).status).toBe(304);
    expect((await taskport.call('DELETE', tagPath('image/app:1'))).status).toBe(204);
    expectProblem(await taskport.call('GET', tagPath('image/app:1')), 404, 'not-found', {
      id: 'image://image/app:1',
    });
  });

  it('is moved and removed only if unchanged, for a request with an entity tag', async () => {
    await set('image/seen:1', 'image://image/old');
    const first = await etagOf('image/seen:1');
    await set('image/seen:1', 'image://image/new', { 'if-match': first });
    for (const call of [
      set('image/seen:1', 'image://image/old', { 'if-match': first }),
      set('image/seen:1', 'image://image/old', { 'if-none-match': '*' }),
      set('image/unseen:1', 'image://image/old', { 'if-match': '*' }),
      taskport.call('DELETE', tagPath('image/seen:1'), { headers: { 'if-match': first } }),
      taskport.call('DELETE', pathOf('image://image/seen:1'), { headers: { 'if-match': first } }),
    ])
      expectProblem(await call, 412, 'revision-mismatch');
    const second = await etagOf('image/seen:1');
    const headers = { 'if-match': second };
    expect((await taskport.call('DELETE', tagPath('image/seen:1'), { headers })).status).toBe(204);
    expect((await set('image/seen:1', 'image://image/old', { 'if-none-match': '*' })).status).toBe(201);
    expectProblem(await set('image/seen:1', 'image://image/new', headers), 412, 'revision-mismatch');
  });

  it('is refused with the problem and its place', async () => {
    const longest = `${'r'.repeat(127)}/${'t'.repeat(128)}`;
    for (const tag of ['App/1', 'a--b/.1', 'a/-1', 'a./1', `a/${'t'.repeat(129)}`, longest, 'a___b/1'])
      expectInvalid(
        await taskport.call('PUT', `/v1/tags/image/${tag}`, { body: { id: 'image://image/old' } }),
        'path',
      );
    expectInvalid(await taskport.call('GET', '/v1/tags/image/App'), 'path');
    expectInvalid(await taskport.call('GET', `/v1/tags/image/${'a'.repeat(1500)}`), 'path');
    expectInvalid(await taskport.call('GET', '/v1/tags/Image'), 'path');
    expectInvalid(await set('image/a:1', 'image://other/there'), 'id');
    expectInvalid(await set('image/a:1', 'volume://volume/there'), 'id');
    expectInvalid(await set('image/a:1', 'old'), 'id');
    expectInvalid(await taskport.call('PUT', tagPath('image/a:1'), { body: {} }), 'id');
    expectInvalid(await set('image/a:1', 'image://image/old', { 'if-none-match': '"x"' }), 'If-None-Match');
    expectProblem(await set('volume/a:1', 'image://volume/old'), 404, 'unknown-location');
    expectProblem(await set('image/a:1', 'image://image/none'), 404, 'not-found', {
      id: 'image://image/none',
    });
    const awaited = { size: 1, checksum: `sha256:${'0'.repeat(64)}`, data: { upload: true } };
    const body = { id: 'image://image/awaited', ...awaited };
    await bodyOf(taskport.call('POST', '/v1/elements', { body }), 201);
    expectProblem(await set('image/a:1', body.id), 409, 'invalid-state', { state: 'pending' });
  });

  it('may have the longest names', async () => {
    const tag = `image/${'r'.repeat(126)}:${'t'.repeat(128)}`;
    expect((await set(tag, 'image://image/old')).status).toBe(201);
    expect((await taskport.call('GET', pathOf(`image://${tag}`))).body.id).toBe('image://image/old');
  });

  it('never has the name of an element, whichever is created first', async () => {
    await create('image://image/taken:1');
    const id = 'image://image/taken:1';
    expectProblem(await set('image/taken:1', 'image://image/old'), 409, 'name-collision', { id });
    await set('image/taken:2', 'image://image/old');
    const taken = await taskport.call('POST', '/v1/elements', { body: { id: 'image://image/taken:2' } });
    expectProblem(taken, 409, 'name-collision', { id: 'image://image/taken:2' });
    expect(taken.body.detail).toContain('is a tag');
  });

  it('needs a grant to create for a new one, to write for a move, and to delete for a removal', async () => {
    const as = (who: string, method: string, id?: string) =>
      taskport.callAs(role(who), method, tagPath('guarded/app:1'), id === undefined ? {} : { body: { id } });
    const [old, next] = ['image://guarded/old', 'image://guarded/new'];
    for (const [who, action] of [
      ['reader', 'create'],
      ['mover', 'create'],
      ['remover', 'read'],
    ] as const)
      expectProblem(await as(who, 'PUT', old), 403, 'permission-denied', { action });
    expect((await as('creator', 'PUT', old)).status).toBe(201);
    expectProblem(await as('creator', 'PUT', next), 403, 'permission-denied', { action: 'write' });
    expect((await as('mover', 'PUT', next)).status).toBe(200);
    expect((await as('reader', 'GET')).body.modifiedBy).toBe(role('mover'));
    expectProblem(await as('mover', 'DELETE'), 403, 'permission-denied', { action: 'delete' });
    expectProblem(await as('remover', 'GET'), 403, 'permission-denied', { action: 'read' });
    expect((await as('remover', 'DELETE')).status).toBe(204);
  });
});

describe('tags of a location', () => {
  it('are listed for a location or a repository, page by page', async () => {
    await create('image://other/it');
    const tags = ['app:1', 'app:1-rc', 'app:1.2', 'app:Z', 'app:_', 'app-x:1', 'zoo:1'];
    for (const tag of tags) await set(`other/${tag}`, 'image://other/it');
    const named = (pages: { repository: string; name: string }[][]) =>
      pages.flat().map(({ repository, name }) => `${repository}:${name}`);
    for (const limit of [1, 3, 100]) {
      expect(named(await readPages(taskport.call, '/v1/tags/other', limit))).toEqual(tags);
      expect(named(await readPages(taskport.call, '/v1/tags/other/app', limit))).toEqual(tags.slice(0, 5));
    }
    const { cursor } = await bodyOf(taskport.call('GET', '/v1/tags/other?limit=1'), 200);
    expectInvalid(await taskport.call('GET', `/v1/tags/other/app?cursor=${cursor}`), '?cursor');
    expect(await bodyOf(taskport.call('GET', '/v1/tags/other/none'), 200)).toEqual({ items: [] });
  });
});

describe('events of tags', () => {
  const events = async (id: string) => {
    await taskport.logged();
    const { items } = await bodyOf(taskport.call('GET', `${pathOf(id)}/audit`), 200);
    return items
      .filter(({ action }: { action: string }) => action.endsWith('agged'))
      .map(({ eventId: _, at: __, actor: ___, tag, ...rest }: { tag: object; [key: string]: unknown }) => ({
        ...rest,
        tag: { ...tag, createdAt: undefined },
      }));
  };

  it('name the images, and appear in their trails', async () => {
    const [first, second] = ['image://image/first', 'image://image/second'];
    const tag = 'image://image/told:1';
    await create(first);
    await create(second);
    await set('image/told:1', first);
    await set('image/told:1', first);
    await set('image/told:1', second);
    await bodyOf(taskport.call('DELETE', tagPath('image/told:1')), 204);
    await set('image/told:1', second);
    await bodyOf(taskport.call('DELETE', pathOf(second)), 204);
    const of = (revision: number) => ({ tag: { id: tag, createdAt: undefined, revision } });
    expect(await events(first)).toEqual([
      { action: 'Tagged', ...of(1) },
      { action: 'Untagged', movedTo: second, ...of(2) },
    ]);
    const told = await events(second);
    expect(told).toHaveLength(4);
    expect(told).toEqual(
      expect.arrayContaining([
        { action: 'Tagged', previous: first, ...of(2) },
        { action: 'Untagged', ...of(3) },
        { action: 'Tagged', ...of(1) },
        { action: 'Untagged', ...of(2) },
      ]),
    );
    const { items } = await bodyOf(taskport.call('GET', '/v1/events?location=image&limit=1000'), 200);
    const types = items.filter(({ detail }: { detail: { tag?: { id: string } } }) => detail.tag?.id === tag);
    expect(types.map((event: Record<string, unknown>) => event['detail-type'])).toEqual([
      'Image Tagged',
      'Image Untagged',
      'Image Tagged',
      'Image Untagged',
      'Image Tagged',
      'Image Untagged',
    ]);
  });

  it('are absent for a tag that already names the image', async () => {
    await create('image://image/still');
    const { body } = await set('image/still:1', 'image://image/still');
    const again = await set('image/still:1', 'image://image/still');
    expect([again.status, again.body]).toEqual([200, body]);
    expect(await events('image://image/still')).toHaveLength(1);
  });
});
