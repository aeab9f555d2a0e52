import { expect } from 'vitest';
import { documents, rootFilesystem } from './layer.ts';
import { type Composing, workflow } from './workflow.ts';

workflow('nothing mapped to /', async ({ step, call, compose, events }) => {
  const imageId = 'image://bare-images/shell';
  const volumeId = 'volume://bare-volumes/documents';
  const taskId = 'task://bare-tasks/list';
  const executorId = 'executor://bare-boxes/box-1';
  let box: Composing;

  await step('create locations', async () => {
    const names = ['bare-images', 'bare-volumes', 'bare-tasks', 'bare-boxes'];
    for (const [at, kind] of ['image', 'volume', 'task', 'executor'].entries()) {
      const body = { name: names[at], kind };
      expect(await call('POST', '/v1/locations', { body })).toMatchObject({ status: 201 });
    }
    await events(...names.map((id) => ({ type: 'Location Created', id })));
  });

  await step('create an image, a volume, a task and an executor', async () => {
    const [root, files] = await Promise.all([rootFilesystem(), documents()]);
    for (const body of [
      { id: imageId, data: { base64: root.base64 } },
      { id: volumeId, data: { base64: files.base64 } },
      { id: taskId, spec: { process: { args: ['/bin/sh', '-c', 'ls /data'] } } },
      { id: executorId },
    ]) {
      expect(await call('POST', '/v1/elements', { body })).toMatchObject({ status: 201 });
    }
    await events(
      { type: 'Image Created', id: imageId },
      { type: 'Volume Created', id: volumeId },
      { type: 'Task Created', id: taskId },
      { type: 'Executor Created', id: executorId },
    );
  });

  await step('join and bind storage anywhere but at `/`: that is no error, nothing runs yet', async () => {
    box = await compose(executorId);
    await box.mount(imageId, '/opt');
    await box.mount(volumeId, '/data');
    await box.bind();
    await events(
      ...['Image Joined', 'Image Bound'].map((type) => ({ type, id: imageId })),
      ...['Volume Joined', 'Volume Bound'].map((type) => ({ type, id: volumeId })),
    );
  });

  await step('a task joins, and is not bound: it would have nothing to run on', async () => {
    await box.join(taskId);
    const refusal = { status: 409, body: { code: 'no-root-filesystem' } };
    expect(await box.attempt('bind', { id: taskId })).toMatchObject(refusal);
    await events({ type: 'Task Joined', id: taskId });
  });

  await step('nor in a bind of everything, which then changes nothing', async () => {
    await box.unbind();
    expect(await box.attempt('bind')).toMatchObject({ status: 409, body: { code: 'no-root-filesystem' } });
    const { body } = await call('GET', `/v1/compositions/${box.handle}`);
    expect(body.composition.members).toMatchObject([{ bound: false }, { bound: false }, { bound: false }]);
    await events({ type: 'Image Unbound', id: imageId }, { type: 'Volume Unbound', id: volumeId });
  });

  await step('there is no plan either, and it says why', async () => {
    expect(await call('GET', `/v1/compositions/${box.handle}/plan?target=oci`)).toMatchObject({
      status: 422,
      body: {
        code: 'unsupported-by-target',
        reasons: [{ path: 'storage', message: 'has no root filesystem: join an image at `/`' }],
      },
    });
  });

  await step('once the image is at `/`, the same bind goes through', async () => {
    await box.leave(imageId);
    await box.mount(imageId, '/');
    await box.bind();
    expect(box.ids('bound')).toEqual([volumeId, taskId, imageId]);
    await events(
      ...['Image Left', 'Image Joined', 'Image Bound'].map((type) => ({ type, id: imageId })),
      { type: 'Volume Bound', id: volumeId },
      { type: 'Task Bound', id: taskId },
    );
  });
});
