import { expect } from 'vitest';
import { checksumOf, kib, rootFilesystem } from './layer.ts';
import { workflow } from './workflow.ts';

workflow('creating an image with scratch parent', async ({ step, call, download, events }) => {
  const layer = await rootFilesystem();
  const id = 'image://scratch-images/base-1.0';
  const path = '/v1/elements/image/scratch-images/base-1.0';

  await step('create a location that keeps images', async () => {
    const answer = await call('POST', '/v1/locations', { body: { name: 'scratch-images', kind: 'image' } });
    expect(answer).toMatchObject({ status: 201, body: { policy: 'read-write', type: 's3', state: 'open' } });
    await events({ type: 'Location Created', id: 'scratch-images', detail: { revision: 1 } });
  });

  await step('a root filesystem whose checksum is wrong is refused as a whole', async () => {
    const checksum = checksumOf(Buffer.from(layer.base64));
    const body = { id, parentId: 'scratch:', checksum, data: { base64: layer.base64 } };
    expect(await call('POST', '/v1/elements', { body })).toMatchObject({
      status: 422,
      body: { code: 'checksum-mismatch', expected: checksum, actual: layer.checksum },
    });
    expect(await call('GET', path)).toMatchObject({ status: 404, body: { code: 'not-found' } });
  });

  await step('create the image on the empty root, with its data and what is to be known of it', async () => {
    const metadata = { ro: { os: 'linux', shell: '/bin/sh' }, rw: { channel: 'testing' } };
    const { checksum, base64 } = layer;
    const body = { id, parentId: 'scratch:', checksum, metadata, data: { base64 } };
    const answer = await call('POST', '/v1/elements', { body });
    expect(answer).toMatchObject({
      status: 201,
      headers: { location: path, etag: expect.stringMatching(/^".+\.1"$/) },
      body: {
        id,
        parentId: 'scratch:',
        state: 'ready',
        revision: 1,
        checksum,
        size: layer.size,
        unpackedSize: layer.unpackedSize,
        capacity: kib(layer.unpackedSize),
        createdBy: 'local',
        metadata,
      },
    });
    expect(answer.body).not.toHaveProperty('resizedFrom');
    await events({
      type: 'Image Created',
      id,
      detail: { revision: 1, parentId: 'scratch:', actor: 'local' },
    });
    expect(await call('GET', path)).toMatchObject({ status: 200, body: answer.body });
  });

  await step('get the data back, to the byte', async () => {
    expect(checksumOf(await download(`${path}/data`))).toBe(layer.checksum);
    const held = { headers: { 'if-none-match': `"${layer.checksum}"` } };
    expect(await call('GET', `${path}/data`, held)).toMatchObject({ status: 304 });
  });

  await step('nothing lies below it', async () => {
    expect(await call('GET', `${path}/lineage`)).toMatchObject({ status: 200, body: { items: [] } });
  });

  await step('the name is taken now', async () => {
    const answer = await call('POST', '/v1/elements', { body: { id } });
    expect(answer).toMatchObject({ status: 409, body: { code: 'name-collision' } });
  });

  await step('an image that names no parent is one on the empty root too', async () => {
    const body = { id: 'image://scratch-images/bare' };
    expect(await call('POST', '/v1/elements', { body })).toMatchObject({
      status: 201,
      body: { parentId: 'scratch:', capacity: 0 },
    });
    await events({ type: 'Image Created', id: body.id, detail: { parentId: 'scratch:' } });
  });
});
