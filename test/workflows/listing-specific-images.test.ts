import { expect } from 'vitest';
import { application, rootFilesystem } from './layer.ts';
import { workflow } from './workflow.ts';

const list = (...parameters: readonly (readonly [string, string])[]): string => {
  const query = new URLSearchParams({ kind: 'image', location: 'gallery' });
  for (const [name, value] of parameters) query.append(name, value);
  return `/v1/elements?${query}`;
};

const names = (body: { items: { name: string }[] }): string[] => body.items.map(({ name }) => name);

workflow('listing specific images', async ({ step, call, callUntil, events }) => {
  const base = 'image://gallery/debian-12';
  const images = [
    { name: 'alpine-3.19', os: 'linux', arch: 'amd64', channel: 'stable' },
    { name: 'alpine-3.20', os: 'linux', arch: 'arm64', channel: 'testing' },
    { name: 'busybox-1.36', os: 'linux', arch: 'amd64', channel: 'stable' },
    { name: 'nanoserver-2022', os: 'windows', arch: 'amd64', channel: 'stable' },
  ];

  await step('create a location that indexes what its images are listed by', async () => {
    const indexed = ['ro.os', 'ro.arch', 'rw.channel'];
    const body = { name: 'gallery', kind: 'image', indexed };
    expect(await call('POST', '/v1/locations', { body })).toMatchObject({ status: 201, body: { indexed } });
    await events({ type: 'Location Created', id: 'gallery' });
  });

  await step('create some images, two of them with data, one on top of another', async () => {
    const [root, app] = await Promise.all([rootFilesystem(), application()]);
    const metadata = { ro: { os: 'linux', arch: 'arm64', licence: 'free' }, rw: { channel: 'stable' } };
    await call('POST', '/v1/elements', { body: { id: base, metadata, data: { base64: root.base64 } } });
    const child = { id: 'image://gallery/taskport-0.1', parentId: base, data: { base64: app.base64 } };
    await call('POST', '/v1/elements', { body: child });
    for (const { name, os, arch, channel } of images) {
      const body = { id: `image://gallery/${name}`, metadata: { ro: { os, arch }, rw: { channel } } };
      expect(await call('POST', '/v1/elements', { body })).toMatchObject({ status: 201 });
    }
    await events(
      ...images.map(({ name }) => ({ type: 'Image Created', id: `image://gallery/${name}` })),
      { type: 'Image Created', id: base },
      { type: 'Image Inherited', id: base },
      { type: 'Image Created', id: child.id },
    );
  });

  await step(
    'list those of one operating system: in name order, with what is indexed and nothing else',
    async () => {
      const { body } = await callUntil(
        'GET',
        list(['filter', 'ro.os=linux']),
        (answer) => answer.body.items.length === 4,
      );
      expect(names(body)).toEqual(['alpine-3.19', 'alpine-3.20', 'busybox-1.36', 'debian-12']);
      expect(body).not.toHaveProperty('cursor');
      expect(body.items[3]).toMatchObject({ id: base, state: 'ready', revision: 1 });
      expect(body.items[3].metadata).toEqual({
        ro: { os: 'linux', arch: 'arm64' },
        rw: { channel: 'stable' },
      });
    },
  );

  await step('narrow them by how their names begin', async () => {
    const { body } = await call('GET', list(['filter', 'ro.os=linux'], ['filter', 'name^=alpine-']));
    expect(names(body)).toEqual(['alpine-3.19', 'alpine-3.20']);
  });

  await step('list by what changes: an image that moves to another channel is found there', async () => {
    const body = { metadata: { rw: { channel: 'stable' } } };
    await call('PATCH', '/v1/elements/image/gallery/alpine-3.20', { body });
    await events({
      type: 'Image Modified',
      id: 'image://gallery/alpine-3.20',
      detail: { changed: ['rw.channel'] },
    });
    const testing = list(['filter', 'rw.channel=testing']);
    const answer = await callUntil('GET', testing, (found) => found.body.items.length === 0);
    expect(answer.body.items).toEqual([]);
  });

  await step('list by parent', async () => {
    const { body } = await call('GET', list(['filter', `parent=${base}`]));
    expect(names(body)).toEqual(['taskport-0.1']);
  });

  await step('read all in pages, while another comes in', async () => {
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const at = cursor === undefined ? [] : ([['cursor', cursor]] as const);
      const { status, body } = await call('GET', list(['limit', '3'], ...at));
      expect(status).toBe(200);
      expect(body.items.length).toBeLessThanOrEqual(3);
      if (!cursor) await call('POST', '/v1/elements', { body: { id: 'image://gallery/alpine-3.18' } });
      found.push(...names(body));
      cursor = body.cursor;
    } while (cursor);
    const expected = [...images.map(({ name }) => name), 'debian-12', 'taskport-0.1'].sort();
    expect(found).toEqual(expected);
    await events({ type: 'Image Created', id: 'image://gallery/alpine-3.18' });
  });

  await step('a cursor belongs to its query', async () => {
    const { body } = await call('GET', list(['limit', '1']));
    const elsewhere = list(['limit', '1'], ['filter', 'ro.os=linux'], ['cursor', body.cursor]);
    expect(await call('GET', elsewhere)).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
  });

  await step('what is not indexed is no filter, and the answer says what is', async () => {
    expect(await call('GET', list(['filter', 'ro.licence=free']))).toMatchObject({
      status: 400,
      body: {
        code: 'invalid-filterspec',
        filter: 'ro.licence=free',
        indexed: ['ro.os', 'ro.arch', 'rw.channel'],
      },
    });
  });
});
