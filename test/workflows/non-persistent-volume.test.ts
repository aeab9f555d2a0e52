import { expect } from 'vitest';
import { documents, rootFilesystem } from './layer.ts';
import { type Composing, workflow } from './workflow.ts';

workflow('non-persistent volume', async ({ step, call, compose, events }) => {
  const imageId = 'image://brief-images/shell';
  const volumeId = 'volume://brief-volumes/job-7';
  const path = '/v1/elements/volume/brief-volumes/job-7';
  const taskId = 'task://brief-tasks/work';
  const executorId = 'executor://brief-boxes/box-1';
  let box: Composing;

  await step('create locations', async () => {
    const names = ['brief-images', 'brief-volumes', 'brief-tasks', 'brief-boxes'];
    for (const [at, kind] of ['image', 'volume', 'task', 'executor'].entries()) {
      const body = { name: names[at], kind };
      expect(await call('POST', '/v1/locations', { body })).toMatchObject({ status: 201 });
    }
    await events(...names.map((id) => ({ type: 'Location Created', id })));
  });

  await step('create a root, a volume with the input of one job, the job and an executor', async () => {
    const [root, files] = await Promise.all([rootFilesystem(), documents()]);
    for (const body of [
      { id: imageId, data: { base64: root.base64 } },
      { id: volumeId, data: { base64: files.base64 }, freeSpace: 4096 },
      { id: taskId, spec: { process: { args: ['/bin/sh', '-c', 'exit 0'] } } },
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

  await step('an image always persists', async () => {
    box = await compose(executorId);
    const body = { id: imageId, mount: { path: '/', persistent: false } };
    expect(await box.attempt('join', body)).toMatchObject({
      status: 400,
      body: { code: 'invalid-request', issues: [{ path: 'mount.persistent' }] },
    });
  });

  await step('join the volume as one that does not persist', async () => {
    await box.mount(imageId, '/');
    const mount = { path: '/work', readOnly: false, persistent: false };
    expect(await box.mount(volumeId, '/work', { persistent: false })).toMatchObject({ mount });
    await box.join(taskId);
    await events(
      { type: 'Image Joined', id: imageId },
      { type: 'Volume Joined', id: volumeId, detail: { mount } },
      { type: 'Task Joined', id: taskId },
    );
  });

  await step('nobody else has it: no other executor, no child, no delete', async () => {
    const other = { id: 'executor://brief-boxes/box-2' };
    expect(await call('POST', '/v1/elements', { body: other })).toMatchObject({ status: 201 });
    const second = await compose(other.id);
    const body = { id: volumeId, mount: { path: '/theirs', readOnly: true } };
    expect(await second.attempt('join', body)).toMatchObject({
      status: 409,
      body: { code: 'volume-attached', executorId },
    });
    const child = { id: 'volume://brief-volumes/child', parentId: volumeId };
    expect(await call('POST', '/v1/elements', { body: child })).toMatchObject({
      status: 422,
      body: { code: 'invalid-parent' },
    });
    expect(await call('DELETE', path)).toMatchObject({
      status: 409,
      body: { code: 'in-use', references: [{ id: executorId, kind: 'composition' }] },
    });
    await events({ type: 'Executor Created', id: other.id });
  });

  await step('the job runs', async () => {
    await box.bind();
    await box.report(taskId, { attempt: 1, state: 'running' });
    await box.report(taskId, { attempt: 1, state: 'exited', exitCode: 0 });
    await events(
      { type: 'Image Bound', id: imageId },
      { type: 'Volume Bound', id: volumeId },
      ...['Task Bound', 'Task Started', 'Task Exited'].map((type) => ({ type, id: taskId })),
    );
  });

  await step('unbound it is still there, since it may be bound again', async () => {
    await box.unbind();
    expect(await call('GET', `${path}?fields=attributes`)).toMatchObject({ body: { state: 'ready' } });
    await events(
      { type: 'Image Unbound', id: imageId },
      { type: 'Volume Unbound', id: volumeId },
      { type: 'Task Unbound', id: taskId },
    );
  });

  await step('leaving deletes it, and its name is free', async () => {
    await box.leave(volumeId);
    expect(box.ids()).toEqual([imageId, taskId]);
    expect(await call('GET', path)).toMatchObject({ status: 404, body: { code: 'not-found' } });
    await events({ type: 'Volume Deleted', id: volumeId }, { type: 'Volume Left', id: volumeId });
    expect(await call('POST', '/v1/elements', { body: { id: volumeId } })).toMatchObject({
      status: 201,
      body: { revision: 1 },
    });
    await events({ type: 'Volume Created', id: volumeId });
  });

  await step('what others refer to does not join so', async () => {
    const child = { id: 'volume://brief-volumes/child', parentId: volumeId };
    expect(await call('POST', '/v1/elements', { body: child })).toMatchObject({ status: 201 });
    const body = { id: volumeId, mount: { path: '/work', persistent: false } };
    expect(await box.attempt('join', body)).toMatchObject({ status: 409, body: { code: 'in-use' } });
    expect(await call('GET', path)).toMatchObject({ status: 200 });
    await events({ type: 'Volume Created', id: child.id }, { type: 'Volume Inherited', id: volumeId });
  });
});
