import { Taskport } from 'taskport/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServedApi, serveApi } from './served-api.ts';

let api: ServedApi;
let taskport: Taskport;
beforeAll(async () => {
  api = await serveApi();
  taskport = new Taskport({ url: api.url });
  await taskport.locations.create({ name: 'images', kind: 'image' });
  for (const name of ['one', 'two']) await taskport.elements.create({ id: `image://images/${name}` });
});
afterAll(() => api.stop());

describe('tags', () => {
  it('are set, moved if unchanged, listed and removed', async () => {
    const { tags } = taskport;
    const made = await tags.set('image://images/app:1', 'image://images/one', { isNew: true });
    expect(made).toMatchObject({ tag: 'image://images/app:1', id: 'image://images/one', revision: 1 });
    const refused = { code: 'revision-mismatch' };
    await expect(
      tags.set('image://images/app:1', 'image://images/two', { isNew: true }),
    ).rejects.toMatchObject(refused);
    const moved = await tags.set('image://images/app:1', 'image://images/two', { ifMatch: made.etag });
    expect(await tags.read('image://images/app:1')).toEqual(moved);
    await expect(
      tags.set('image://images/app:1', 'image://images/one', { ifMatch: made.etag }),
    ).rejects.toMatchObject(refused);
    await tags.set('image://images/tool:1', 'image://images/app:1');
    const names = async (repository?: string) =>
      (await tags.list('images', { limit: 1, ...(repository !== undefined && { repository }) }).all()).map(
        ({ tag }) => tag,
      );
    await expect.poll(() => names()).toEqual(['image://images/app:1', 'image://images/tool:1']);
    expect(await names('tool')).toEqual(['image://images/tool:1']);
    await expect(tags.delete('image://images/app:1', { ifMatch: made.etag })).rejects.toMatchObject(refused);
    await tags.delete('image://images/app:1', { ifMatch: moved.etag });
    await expect(tags.read('image://images/app:1')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('have IDs that are validated before a call', () => {
    for (const id of ['image://images/app', 'image://images/a:b:c', 'volume://images/app:1', 'app:1'])
      expect(() => taskport.tags.read(id)).toThrow(TypeError);
  });
});
