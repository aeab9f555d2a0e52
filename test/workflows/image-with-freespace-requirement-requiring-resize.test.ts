import { expect } from 'vitest';
import { application, kib, rootFilesystem } from './layer.ts';
import { workflow } from './workflow.ts';

workflow('creating an image with freespace requirement requiring resize', async ({ step, call, events }) => {
  const [root, app] = await Promise.all([rootFilesystem(), application()]);
  const parentId = 'image://disks/base';
  const id = 'image://disks/roomy';
  const path = '/v1/elements/image/disks/roomy';
  const space = 65_536;
  const parentCapacity = kib(root.unpackedSize) + 2_048;
  const used = kib(root.unpackedSize + app.unpackedSize);

  await step('create a location of 64 MiB', async () => {
    const body = { name: 'disks', kind: 'image', capacity: space };
    expect(await call('POST', '/v1/locations', { body })).toMatchObject({ status: 201, body });
    await events({ type: 'Location Created', id: 'disks' });
  });

  await step('create the parent, with 2 MiB free above its files', async () => {
    const body = { id: parentId, freeSpace: 2_048, data: { base64: root.base64 } };
    const answer = await call('POST', '/v1/elements', { body });
    expect(answer).toMatchObject({ status: 201, body: { freeSpace: 2_048, capacity: parentCapacity } });
    expect(answer.body).not.toHaveProperty('resizedFrom');
    await events({ type: 'Image Created', id: parentId });
  });

  await step('a child that the parent’s free space suffices is as large as its parent', async () => {
    const body = { id: 'image://disks/snug', parentId, freeSpace: 1_024, data: { base64: app.base64 } };
    const answer = await call('POST', '/v1/elements', { body });
    expect(answer).toMatchObject({ status: 201, body: { capacity: parentCapacity, freeSpace: 1_024 } });
    expect(answer.body).not.toHaveProperty('resizedFrom');
    await events({ type: 'Image Created', id: body.id }, { type: 'Image Inherited', id: parentId });
  });

  await step('a child that needs more is resized, and says from what', async () => {
    const body = { id, parentId, freeSpace: 8_192, data: { base64: app.base64 } };
    expect(await call('POST', '/v1/elements', { body })).toMatchObject({
      status: 201,
      body: { freeSpace: 8_192, capacity: used + 8_192, resizedFrom: parentCapacity },
    });
    await events(
      { type: 'Image Created', id, detail: { parentId } },
      { type: 'Image Inherited', id: parentId },
    );
  });

  await step('ask for more free space later: it is resized again', async () => {
    expect(await call('PATCH', path, { body: { freeSpace: 16_384 } })).toMatchObject({
      status: 200,
      body: { revision: 2, freeSpace: 16_384, capacity: used + 16_384, resizedFrom: parentCapacity },
    });
    await events({ type: 'Image Modified', id, detail: { revision: 2, changed: ['capacity', 'freeSpace'] } });
  });

  await step('more than the location has left is refused, for a change and for a new image', async () => {
    const available = space - 2 * parentCapacity - (used + 16_384);
    const refusal = { status: 409, body: { code: 'insufficient-space', available } };
    expect(await call('PATCH', path, { body: { freeSpace: 63_000 } })).toMatchObject(refusal);
    const greedy = { id: 'image://disks/greedy', parentId, freeSpace: 63_000 };
    expect(await call('POST', '/v1/elements', { body: greedy })).toMatchObject(refusal);
    expect(await call('GET', path)).toMatchObject({ body: { revision: 2, capacity: used + 16_384 } });
    expect(await call('GET', '/v1/elements/image/disks/greedy')).toMatchObject({ status: 404 });
  });

  await step('once the location has grown, the same change goes through', async () => {
    expect(await call('PATCH', '/v1/locations/disks', { body: { capacity: 2 * space } })).toMatchObject({
      status: 200,
      body: { capacity: 2 * space, revision: 2 },
    });
    expect(await call('PATCH', path, { body: { freeSpace: 63_000 } })).toMatchObject({
      status: 200,
      body: { revision: 3, capacity: used + 63_000 },
    });
    await events(
      { type: 'Location Modified', id: 'disks', detail: { changed: ['capacity'] } },
      { type: 'Image Modified', id, detail: { revision: 3 } },
    );
  });

  await step('without a requirement it is as large as its parent again', async () => {
    const answer = await call('PATCH', path, { body: { freeSpace: null } });
    expect(answer).toMatchObject({ status: 200, body: { revision: 4, capacity: parentCapacity } });
    expect(answer.body).not.toHaveProperty('freeSpace');
    expect(answer.body).not.toHaveProperty('resizedFrom');
    await events({
      type: 'Image Modified',
      id,
      detail: { revision: 4, changed: ['capacity', 'freeSpace', 'resizedFrom'] },
    });
  });
});
