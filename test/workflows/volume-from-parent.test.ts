import { expect } from 'vitest';
import { checksumOf, documents, kib, rootFilesystem } from './layer.ts';
import { workflow } from './workflow.ts';

workflow('creating a volume from parent', async ({ step, call, download, events }) => {
  const [root, files] = await Promise.all([rootFilesystem(), documents()]);
  const imageId = 'image://templates/home-1.0';
  const imagePath = '/v1/elements/image/templates/home-1.0';
  const id = 'volume://homes/ada';
  const path = '/v1/elements/volume/homes/ada';
  const snapshotId = 'volume://homes/ada-snapshot';
  const snapshotPath = '/v1/elements/volume/homes/ada-snapshot';

  await step('create a location for images and one for volumes', async () => {
    await call('POST', '/v1/locations', { body: { name: 'templates', kind: 'image' } });
    await call('POST', '/v1/locations', { body: { name: 'homes', kind: 'volume' } });
    await events({ type: 'Location Created', id: 'templates' }, { type: 'Location Created', id: 'homes' });
  });

  await step('create the image that volumes begin with', async () => {
    const body = { id: imageId, data: { base64: root.base64 } };
    expect(await call('POST', '/v1/elements', { body })).toMatchObject({ status: 201 });
    await events({ type: 'Image Created', id: imageId });
  });

  await step('create a volume from the image, with files of its own and 1 MiB to write to', async () => {
    const body = { id, parentId: imageId, freeSpace: 1_024, data: { base64: files.base64 } };
    expect(await call('POST', '/v1/elements', { body })).toMatchObject({
      status: 201,
      body: {
        parentId: imageId,
        state: 'ready',
        unpackedSize: files.unpackedSize,
        capacity: kib(root.unpackedSize + files.unpackedSize) + 1_024,
        resizedFrom: kib(root.unpackedSize),
      },
    });
    await events(
      { type: 'Volume Created', id, detail: { parentId: imageId } },
      { type: 'Image Inherited', id: imageId, detail: { child: { id, revision: 1 } } },
    );
  });

  await step('create a volume from that volume: it is as large as its parent', async () => {
    const { body: parent } = await call('GET', path);
    const answer = await call('POST', '/v1/elements', { body: { id: snapshotId, parentId: id } });
    expect(answer).toMatchObject({ status: 201, body: { parentId: id, capacity: parent.capacity } });
    expect(answer.body).not.toHaveProperty('resizedFrom');
    await events(
      { type: 'Volume Created', id: snapshotId, detail: { parentId: id } },
      { type: 'Volume Inherited', id, detail: { child: { id: snapshotId, revision: 1 } } },
    );
  });

  await step('its lineage leads across locations, down to the image', async () => {
    const { body } = await call('GET', `${snapshotPath}/lineage`);
    expect(body.items).toMatchObject([{ id }, { id: imageId }]);
    expect(checksumOf(await download(`${path}/data`))).toBe(files.checksum);
    expect(checksumOf(await download(`${imagePath}/data`))).toBe(root.checksum);
  });

  await step('an image is not made from a volume', async () => {
    const body = { id: 'image://templates/home-2.0', parentId: id };
    expect(await call('POST', '/v1/elements', { body })).toMatchObject({
      status: 422,
      body: {
        code: 'invalid-parent',
        reason: `an image cannot have the parent ${id}: name one of kind image`,
      },
    });
  });

  await step('the image stays as long as volumes stand on it', async () => {
    expect(await call('DELETE', imagePath)).toMatchObject({
      status: 409,
      body: { code: 'in-use', references: [{ id, kind: 'child' }] },
    });
    for (const gone of [snapshotPath, path, imagePath]) {
      expect(await call('DELETE', gone)).toMatchObject({ status: 204 });
    }
    await events(
      { type: 'Volume Deleted', id: snapshotId },
      { type: 'Volume Deleted', id },
      { type: 'Image Deleted', id: imageId },
    );
  });
});
