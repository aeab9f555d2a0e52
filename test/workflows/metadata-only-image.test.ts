import { expect } from 'vitest';
import { application, kib } from './layer.ts';
import { workflow } from './workflow.ts';

workflow('creating a metadata only image', async ({ step, call, events }) => {
  const id = 'image://catalogue/alpine-3.20';
  const path = '/v1/elements/image/catalogue/alpine-3.20';
  const reference = 'docker.io/library/alpine:3.20';

  await step('create a location that lists images by the registry image they stand for', async () => {
    const body = { name: 'catalogue', kind: 'image', indexed: ['ro.registry/image'] };
    expect(await call('POST', '/v1/locations', { body })).toMatchObject({ status: 201 });
    await events({ type: 'Location Created', id: 'catalogue' });
  });

  await step('create an image that only names one in a registry: it is ready without any data', async () => {
    const metadata = { ro: { 'registry/image': reference, os: 'linux' }, rw: { approved: 'no' } };
    const answer = await call('POST', '/v1/elements', { body: { id, metadata } });
    expect(answer).toMatchObject({
      status: 201,
      body: { parentId: 'scratch:', state: 'ready', revision: 1, capacity: 0, metadata },
    });
    for (const attribute of ['checksum', 'size', 'unpackedSize']) {
      expect(answer.body).not.toHaveProperty(attribute);
    }
    await events({ type: 'Image Created', id, detail: { revision: 1 } });
  });

  await step('there is no data to be had', async () => {
    expect(await call('GET', `${path}/data`)).toMatchObject({ status: 404, body: { code: 'not-found' } });
  });

  await step('a checksum of data that does not come is refused', async () => {
    const body = { id: 'image://catalogue/other', checksum: `sha256:${'0'.repeat(64)}` };
    expect(await call('POST', '/v1/elements', { body })).toMatchObject({
      status: 400,
      body: { code: 'invalid-request', issues: [{ path: 'checksum' }] },
    });
  });

  await step('what is known of it changes, what it stands for does not', async () => {
    const approve = { metadata: { rw: { approved: 'yes' } } };
    expect(await call('PATCH', path, { body: approve })).toMatchObject({
      status: 200,
      body: { revision: 2, metadata: { rw: { approved: 'yes' } } },
    });
    await events({ type: 'Image Modified', id, detail: { revision: 2, changed: ['rw.approved'] } });
    const replace = { metadata: { rw: { 'registry/image': 'docker.io/library/alpine:edge' } } };
    expect(await call('PATCH', path, { body: replace })).toMatchObject({
      status: 409,
      body: { code: 'read-only-key', keys: ['registry/image'] },
    });
  });

  await step('it is found by what it stands for', async () => {
    const filter = encodeURIComponent(`ro.registry/image=${reference}`);
    const list = `/v1/elements?kind=image&location=catalogue&filter=${filter}`;
    const { body } = await call('GET', list);
    expect(body.items).toMatchObject([{ id, metadata: { ro: { 'registry/image': reference } } }]);
  });

  await step('a layer of data goes on top of it as on any other', async () => {
    const layer = await application();
    const body = { id: 'image://catalogue/taskport-0.1', parentId: id, data: { base64: layer.base64 } };
    expect(await call('POST', '/v1/elements', { body })).toMatchObject({
      status: 201,
      body: { parentId: id, state: 'ready', capacity: kib(layer.unpackedSize), resizedFrom: 0 },
    });
    await events(
      { type: 'Image Created', id: body.id, detail: { parentId: id } },
      { type: 'Image Inherited', id, detail: { child: { id: body.id, revision: 1 } } },
    );
  });
});
