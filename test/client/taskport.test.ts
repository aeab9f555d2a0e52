import { Taskport } from 'taskport/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { archiveOf } from '../uploading.ts';
import { type ServedApi, serveApi } from './served-api.ts';

let api: ServedApi;
let taskport: Taskport;
beforeAll(async () => {
  api = await serveApi();
  taskport = new Taskport({ url: `${api.url}/` });
  for (const kind of ['image', 'volume', 'task', 'executor'] as const)
    await taskport.locations.create({ name: `${kind}s`, kind });
});
afterAll(() => api.stop());

it('is there', async () => {
  expect(await taskport.health()).toEqual({ status: 'ok' });
});

describe('locations', () => {
  it('are created, found, changed with their entity tags, and deleted', async () => {
    const { locations } = taskport;
    const made = await locations.create({ name: 'more', kind: 'volume', capacity: 1024 });
    expect(made).toMatchObject({ name: 'more', type: 's3', state: 'open', revision: 1 });
    const changed = await locations.update('more', { policy: 'create-only' }, { ifMatch: made.etag });
    expect(changed).toMatchObject({ policy: 'create-only', revision: 2 });
    await expect(
      locations.update('more', { policy: 'read-only' }, { ifMatch: made.etag }),
    ).rejects.toMatchObject({
      code: 'revision-mismatch',
    });
    expect(await locations.read('more')).toEqual(changed);
    expect((await locations.list({ limit: 1 }).all()).map(({ name }) => name)).toEqual([
      'executors',
      'images',
      'more',
      'tasks',
      'volumes',
    ]);
    expect(await locations.delete('more')).toMatchObject({ state: 'closing' });
  });
});

describe('elements', () => {
  it('are found by their relations, page by page or one by one', async () => {
    const { elements } = taskport;
    await elements.create({ id: 'image://images/base' });
    const children = ['a', 'b', 'c'].map((name) => `image://images/${name}`);
    for (const id of children) await elements.create({ id, parentId: 'image://images/base' });
    expect((await elements.children('image://images/base').all()).map(({ id }) => id).toSorted()).toEqual(
      children,
    );
    expect(await elements.references('image://images/base').all()).toContainEqual({
      id: 'image://images/a',
      kind: 'child',
    });
    expect((await elements.lineage('image://images/a')).items).toMatchObject([{ id: 'image://images/base' }]);
    const query = { kind: 'image', location: 'images', filter: ['name^=b'], limit: 1 } as const;
    const pages: (string | undefined)[][] = [];
    for await (const { items } of elements.list(query).pages()) pages.push(items.map(({ name }) => name));
    expect(pages.flat()).toEqual(['b', 'base']);
    expect(pages.every(({ length }) => length <= 1)).toBe(true);
  });

  it('may have names that need escapes in a path', async () => {
    const id = 'task://tasks/build:1.0+x@y';
    await taskport.elements.create({ id });
    expect(await taskport.elements.read(id, { fields: ['attributes'] })).toMatchObject({ id });
    await taskport.elements.delete(id);
    expect(() => taskport.elements.read('tasks/build')).toThrow(TypeError);
  });

  it('accept small data, and volumes accept other data later', async () => {
    const { elements, data } = taskport;
    const bytes = await archiveOf({ name: 'a', content: 'a' });
    await elements.create({ id: 'volume://volumes/one', data: { upload: true } });
    expect(await elements.putData('volume://volumes/one', bytes)).toMatchObject({ state: 'ready' });
    const other = await archiveOf({ name: 'b', content: 'b'.repeat(5_000) });
    const replaced = await data.replace('volume://volumes/one', other);
    expect(replaced).toMatchObject({ state: 'ready', size: other.length });
    const chunks: Uint8Array[] = [];
    await data.download('volume://volumes/one', async (chunk) => void chunks.push(chunk));
    expect(Buffer.concat(chunks).equals(other)).toBe(true);
  });

  it('have associated tasks, which can be dissociated again', async () => {
    const { elements } = taskport;
    await elements.create({ id: 'volume://volumes/tools' });
    await elements.create({ id: 'task://tasks/tool', spec: { process: { args: ['/bin/tool'] } } });
    const storage = await elements.associate('volume://volumes/tools', 'task://tasks/tool');
    expect(storage).toMatchObject({ tasks: [{ id: 'task://tasks/tool' }] });
    expect(await elements.tasks('volume://volumes/tools')).toEqual({ items: [{ id: 'task://tasks/tool' }] });
    await elements.dissociate('volume://volumes/tools', 'task://tasks/tool');
    expect(await elements.tasks('volume://volumes/tools')).toEqual({ items: [] });
  });
});

describe('compositions', () => {
  it('continue with the handle of each answer, up to a report', async () => {
    const { elements, compositions } = taskport;
    const executorId = 'executor://executors/one';
    await elements.create({ id: executorId });
    await elements.create({
      id: 'image://images/root',
      data: { base64: Buffer.from(await archiveOf({ name: 'bin', type: 'directory' })).toString('base64') },
    });
    await elements.create({ id: 'task://tasks/run', spec: { process: { args: ['/bin/run'] } } });
    let { handle } = await compositions.open(executorId);
    const first = handle;
    ({ handle } = await compositions.join(handle, { id: 'image://images/root', mount: { path: '/' } }));
    ({ handle } = await compositions.join(handle, { id: 'task://tasks/run' }));
    ({ handle } = await compositions.bind(handle));
    await expect(compositions.read(first)).rejects.toMatchObject({ code: 'stale-handle' });
    const plan = await compositions.plan(handle, 'oci');
    expect(plan.task).toMatchObject({ id: 'task://tasks/run', attempt: 1 });
    const report = { attempt: 1, state: 'exited', exitCode: 3, at: '2026-01-31T12:00:00Z' } as const;
    await elements.report(executorId, 'task://tasks/run', report);
    const kept = { ...report, reason: 'failed' };
    expect(await elements.reports(executorId, 'task://tasks/run').all()).toEqual([kept]);
    const { composition } = await elements.read(executorId, { fields: ['composition'] });
    expect(composition?.members[1]?.task).toMatchObject({ state: 'exited', exitCode: 3 });
    ({ handle } = await compositions.unbind(handle));
    ({ handle } = await compositions.leave(handle, 'task://tasks/run'));
  });
});
