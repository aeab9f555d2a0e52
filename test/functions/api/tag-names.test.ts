import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Composer } from '../../composing.ts';
import { imageOf, push, someLayer } from '../../oci.ts';
import { type LoggedTaskport, startLogged } from './event-stream.ts';
import { base64, bodyOf, expectProblem, makeLocations, pathOf, readPages, tar } from './support.ts';

let taskport: LoggedTaskport;
let data: { base64: string };
beforeAll(async () => {
  taskport = await startLogged(inject('dynamodbUrl'));
  await makeLocations(taskport, 'image', 'volume', 'executor', 'task');
  data = base64(await tar({ 'etc/motd': 'welcome' }));
});
afterAll(() => taskport.stop());

const create = (id: string, rest: object = {}) =>
  bodyOf(taskport.call('POST', '/v1/elements', { body: { id, ...rest } }), 201);
const set = (tag: string, id: string) =>
  taskport.call('PUT', `/v1/tags/image/${tag.replace(':', '/')}`, { body: { id } });
const get = (id: string, tail = '') => taskport.call('GET', `${pathOf(id)}${tail}`);
const ids = async (id: string, tail: string): Promise<string[]> =>
  (await bodyOf(get(id, tail), 200)).items.map((item: { id: string }) => item.id);

describe('the ID of a tag, if no element has it', () => {
  const [base, app, child] = ['image://image/base', 'image://image/app@1', 'image://image/child'];
  const tag = 'image://image/app:1.2';
  beforeAll(async () => {
    await create(base, { data });
    await create(app, { parentId: base, data });
    await create(child, { parentId: app });
    await set('app:1.2', app);
    await set('app:latest', app);
    await set('base:latest', base);
  });

  it('is answered with the image that the tag names', async () => {
    const read = await get(tag);
    expect(read.body.id).toBe(app);
    expect(read.headers.get('etag')).toBe((await get(app)).headers.get('etag'));
    expect((await get('image://image/app')).body.id).toBe(app);
  });

  it('shows the lineage, children, references, data and audit trail of that image', async () => {
    expect(await ids(tag, '/lineage')).toEqual([base]);
    await expect.poll(() => ids(tag, '/children')).toEqual([child]);
    expect(await ids(tag, '/references')).toEqual([
      'image://image/app:1.2',
      'image://image/app:latest',
      child,
    ]);
    expect((await readPages(taskport.call, `${pathOf(tag)}/references`, 1)).flat()).toHaveLength(3);
    const located = await taskport.call('GET', `${pathOf(tag)}/data`);
    expect([located.status, located.headers.get('etag')]).toEqual([
      307,
      (await taskport.call('GET', `${pathOf(app)}/data`)).headers.get('etag'),
    ]);
    await taskport.logged();
    const trail = (await readPages(taskport.call, `${pathOf(tag)}/audit`, 2)).flat();
    expect(trail.length).toBeGreaterThan(3);
    expect(trail).toEqual((await bodyOf(get(app, '/audit'), 200)).items);
  });

  it('works as a parent, and the image is stored', async () => {
    const made = await create('image://image/grandchild', { parentId: tag });
    expect(made.parentId).toBe(app);
    expect((await create('image://image/other', { parentId: 'image://image/app' })).parentId).toBe(app);
    await set('app:1.2', base);
    expect((await get('image://image/grandchild')).body.parentId).toBe(app);
    expect((await create('volume://volume/disk', { parentId: tag })).parentId).toBe(base);
    await set('app:1.2', app);
  });

  it('works as the parent of a pushed image', async () => {
    const layers = [await someLayer(), await someLayer()];
    const first = await bodyOf(push(taskport, imageOf(layers.slice(0, 1)), 'pushed'), 201);
    await set('pushed:1', first.id);
    const made = await bodyOf(
      push(taskport, imageOf(layers), 'pushed', { parentId: 'image://image/pushed:1' }),
      201,
    );
    expect(made.parentId).toBe(first.id);
    const parentId = 'image://image/pushed:none';
    const refused = await push(taskport, imageOf([...layers, await someLayer()]), 'pushed', { parentId });
    expectProblem(refused, 422, 'unknown-parent', { parentId });
  });

  it('joins as the image that the tag names, which stays when the tag moves', async () => {
    await create('executor://executor/one');
    const post = (path: string, body?: object) => taskport.call('POST', path, body ? { body } : {});
    const composer = await new Composer(post, 'executor://executor/one').open();
    const joined = await composer.attempt('join', { id: tag, mount: { path: '/', readOnly: true } });
    expect(joined.body.composition.members.map((member: { id: string }) => member.id)).toEqual([app]);
    const again = await composer.attempt('join', { id: tag, mount: { path: '/x', readOnly: true } });
    expectProblem(again, 409, 'already-joined', { id: app });
    await set('app:1.2', base);
    await create('task://task/run', { spec: { process: { args: ['/bin/true'] } } });
    await composer.attempt('join', { id: 'task://task/run' });
    const plan = await bodyOf(
      taskport.call('GET', `/v1/compositions/${composer.handle}/plan?target=container`),
      200,
    );
    expect(JSON.stringify(plan)).toContain(app);
    const refused = await composer.attempt('join', {
      id: 'image://image/none:1',
      mount: { path: '/y', readOnly: true },
    });
    expectProblem(refused, 404, 'not-found', { id: 'image://image/none:1' });
    await set('app:1.2', app);
  });

  it('is not found if no tag has it either', async () => {
    for (const id of ['image://image/app:none', 'image://image/none']) {
      for (const tail of ['', '/lineage', '/children', '/references', '/data', '/audit'])
        expectProblem(await get(id, tail), 404, 'not-found', { id });
      const body = { id: 'image://image/orphan', parentId: id };
      expectProblem(await taskport.call('POST', '/v1/elements', { body }), 422, 'unknown-parent', {
        parentId: id,
      });
    }
  });

  it('cannot be used to change the image', async () => {
    const body = { metadata: { rw: { a: 'b' } } };
    expectProblem(await taskport.call('PATCH', pathOf(tag), { body }), 404, 'not-found');
  });
});

describe('a name without a tag', () => {
  it('means an element first, and its latest tag otherwise', async () => {
    await create('image://image/tool@1');
    await set('tool:latest', 'image://image/tool@1');
    expect((await get('image://image/tool')).body.id).toBe('image://image/tool@1');
    await create('image://image/tool');
    expect((await get('image://image/tool')).body.id).toBe('image://image/tool');
    // The element exists but has no data, so the tag is not looked up.
    expectProblem(await get('image://image/tool', '/data'), 404, 'not-found', { id: 'image://image/tool' });
    expect((await get('image://image/tool:latest')).body.id).toBe('image://image/tool@1');
  });
});

describe('a delete', () => {
  it('of a tag’s ID removes the tag, and keeps the image', async () => {
    await create('image://image/kept');
    await set('kept:1', 'image://image/kept');
    await bodyOf(taskport.call('DELETE', pathOf('image://image/kept:1')), 204);
    expect((await get('image://image/kept')).status).toBe(200);
    expectProblem(await taskport.call('DELETE', pathOf('image://image/kept:1')), 404, 'not-found', {
      id: 'image://image/kept:1',
    });
  });

  it('of a repository’s name removes no tag', async () => {
    await create('image://image/safe@1');
    await set('safe:latest', 'image://image/safe@1');
    expectProblem(await taskport.call('DELETE', pathOf('image://image/safe')), 404, 'not-found');
    expect((await get('image://image/safe')).body.id).toBe('image://image/safe@1');
  });

  it('of an image removes its tags', async () => {
    await create('image://image/going');
    await set('going:1', 'image://image/going');
    await set('going:2', 'image://image/going');
    await bodyOf(taskport.call('DELETE', pathOf('image://image/going')), 204);
    expectProblem(await get('image://image/going:1'), 404, 'not-found', { id: 'image://image/going:1' });
    expect((await taskport.call('GET', '/v1/tags/image/going/2')).status).toBe(404);
  });
});
