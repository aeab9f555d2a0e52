import { expect } from 'vitest';
import { application, checksumOf, kib, rootFilesystem } from './layer.ts';
import { workflow } from './workflow.ts';

workflow('creating an image with specific parent', async ({ step, call, download, events }) => {
  const [root, app] = await Promise.all([rootFilesystem(), application()]);
  const parentId = 'image://layers/base-1.0';
  const parentPath = '/v1/elements/image/layers/base-1.0';
  const id = 'image://layers/taskport-0.1';
  const path = '/v1/elements/image/layers/taskport-0.1';

  await step('create a location, and the parent: a root filesystem', async () => {
    await call('POST', '/v1/locations', { body: { name: 'layers', kind: 'image' } });
    const body = { id: parentId, metadata: { ro: { os: 'linux' } }, data: { base64: root.base64 } };
    expect(await call('POST', '/v1/elements', { body })).toMatchObject({ status: 201 });
    await events({ type: 'Location Created', id: 'layers' }, { type: 'Image Created', id: parentId });
  });

  await step('a parent that is not there is refused', async () => {
    const body = { id, parentId: 'image://layers/base-2.0' };
    expect(await call('POST', '/v1/elements', { body })).toMatchObject({
      status: 422,
      body: { code: 'unknown-parent', parentId: body.parentId },
    });
  });

  await step('reserve the name of the child, which awaits its data and is nobody’s parent yet', async () => {
    const { checksum, size } = app;
    const body = { id, parentId, checksum, size, metadata: { ro: { os: 'linux' } }, data: { upload: true } };
    expect(await call('POST', '/v1/elements', { body })).toMatchObject({
      status: 201,
      body: { parentId, state: 'pending', revision: 1 },
    });
    const hasty = { id: 'image://layers/hasty', parentId: id };
    expect(await call('POST', '/v1/elements', { body: hasty })).toMatchObject({
      status: 422,
      body: { code: 'invalid-parent', reason: `${id} is pending, not ready: send its data first` },
    });
    expect(await call('GET', `${path}/data`)).toMatchObject({ status: 409, body: { code: 'invalid-state' } });
  });

  await step('put the data in: the child is ready, on top of what its parent uses', async () => {
    const headers = { 'content-type': 'application/gzip' };
    expect(await call('PUT', `${path}/data`, { body: app.bytes, headers })).toMatchObject({
      status: 200,
      body: {
        parentId,
        state: 'ready',
        revision: 2,
        checksum: app.checksum,
        size: app.size,
        unpackedSize: app.unpackedSize,
        capacity: kib(root.unpackedSize + app.unpackedSize),
        resizedFrom: kib(root.unpackedSize),
      },
    });
    await events(
      { type: 'Image Created', id, detail: { revision: 2, parentId } },
      { type: 'Image Inherited', id: parentId, detail: { child: { id, revision: 2 } } },
    );
  });

  await step('both layers come back, each to the byte', async () => {
    expect(checksumOf(await download(`${path}/data`))).toBe(app.checksum);
    expect(checksumOf(await download(`${parentPath}/data`))).toBe(root.checksum);
  });

  await step('they know of each other', async () => {
    const lineage = await call('GET', `${path}/lineage`);
    expect(lineage.body.items).toMatchObject([{ id: parentId, state: 'ready' }]);
    const children = await call('GET', `${parentPath}/children`);
    expect(children.body.items).toMatchObject([{ id, parentId }]);
  });

  await step('the parent stays as long as it has a child', async () => {
    expect(await call('DELETE', parentPath)).toMatchObject({
      status: 409,
      body: { code: 'in-use', references: [{ id, kind: 'child' }], hidden: 0 },
    });
    expect(await call('DELETE', path)).toMatchObject({ status: 204 });
    expect(await call('DELETE', parentPath)).toMatchObject({ status: 204 });
    await events(
      { type: 'Image Deleted', id, detail: { revision: 3 } },
      { type: 'Image Deleted', id: parentId, detail: { revision: 2 } },
    );
  });
});
