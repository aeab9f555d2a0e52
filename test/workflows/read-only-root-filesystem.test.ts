import { expect } from 'vitest';
import { runnableRoot } from './container.ts';
import { type Composing, workflow } from './workflow.ts';

workflow('read-only root filesystem', async ({ step, call, compose, run, events }) => {
  const imageId = 'image://fixed-images/shell';
  const taskId = 'task://fixed-tasks/write';
  const volumeId = 'volume://fixed-volumes/state';
  const executorId = 'executor://fixed-boxes/box-1';
  const otherId = 'executor://fixed-boxes/box-2';
  let box: Composing;

  await step('create locations', async () => {
    const names = ['fixed-images', 'fixed-tasks', 'fixed-volumes', 'fixed-boxes'];
    for (const [at, kind] of ['image', 'task', 'volume', 'executor'].entries()) {
      const body = { name: names[at], kind };
      expect(await call('POST', '/v1/locations', { body })).toMatchObject({ status: 201 });
    }
    await events(...names.map((id) => ({ type: 'Location Created', id })));
  });

  await step('create a root, a volume, a task that tries to write to both, and executors', async () => {
    const root = await runnableRoot();
    const script =
      'for path in /file /state/file; do (echo x > $path) 2> /dev/null && echo "wrote $path"; done; exit 0';
    for (const body of [
      { id: imageId, data: { base64: root.base64 } },
      { id: volumeId },
      { id: taskId, spec: { process: { args: ['/bin/sh', '-c', script] } } },
      { id: executorId },
      { id: otherId },
    ]) {
      expect(await call('POST', '/v1/elements', { body })).toMatchObject({ status: 201 });
    }
    await events(
      { type: 'Image Created', id: imageId },
      { type: 'Volume Created', id: volumeId },
      { type: 'Task Created', id: taskId },
      ...[executorId, otherId].map((id) => ({ type: 'Executor Created', id })),
    );
  });

  await step('join the image at `/` read-only, and bind all', async () => {
    box = await compose(executorId);
    const mount = { path: '/', readOnly: true, persistent: true };
    expect(await box.mount(imageId, '/', { readOnly: true })).toMatchObject({ mount });
    await box.mount(volumeId, '/state', { save: 'never' });
    await box.join(taskId);
    await box.bind();
    await events(
      ...['Image Joined', 'Image Bound'].map((type) => ({ type, id: imageId, detail: { mount } })),
      ...['Volume Joined', 'Volume Bound'].map((type) => ({ type, id: volumeId })),
      ...['Task Joined', 'Task Bound'].map((type) => ({ type, id: taskId })),
    );
  });

  await step('the plan says so, and the root is not written to; the volume is', async () => {
    const { body: plan } = await call('GET', `/v1/compositions/${box.handle}/plan?target=oci`);
    expect(plan).toMatchObject({
      config: { root: { readonly: true } },
      storage: [
        { id: imageId, readOnly: true },
        { id: volumeId, readOnly: false },
      ],
    });
    expect((await run(box, taskId, 0)) ?? 'wrote /state/file\n').toBe('wrote /state/file\n');
    await events(...['Task Started', 'Task Exited'].map((type) => ({ type, id: taskId })));
  });

  await step('otherwise the root is a layer that is dropped: both are written to', async () => {
    await box.unbind();
    await box.leave(imageId);
    await box.mount(imageId, '/');
    await box.bind();
    const { body: plan } = await call('GET', `/v1/compositions/${box.handle}/plan?target=oci`);
    expect(plan).toMatchObject({
      config: { root: { readonly: false } },
      storage: [{ id: imageId, readOnly: false, writable: 'layer' }, { id: volumeId }],
    });
    const both = 'wrote /file\nwrote /state/file\n';
    expect((await run(box, taskId, 0)) ?? both).toBe(both);
    await events(
      ...['Unbound', 'Left', 'Joined', 'Bound'].map((verb) => ({ type: `Image ${verb}`, id: imageId })),
      ...['Unbound', 'Bound'].map((verb) => ({ type: `Volume ${verb}`, id: volumeId })),
      ...['Unbound', 'Bound', 'Started', 'Exited'].map((verb) => ({ type: `Task ${verb}`, id: taskId })),
    );
  });

  await step('a task may ask for it itself', async () => {
    const other = await compose(otherId);
    await other.mount(imageId, '/');
    await other.join(taskId, { overrides: { root: { readOnly: true } } });
    await other.bind();
    const { body: plan } = await call('GET', `/v1/compositions/${other.handle}/plan?target=oci`);
    expect(plan).toMatchObject({ config: { root: { readonly: true } } });
    expect((await run(other, taskId, 0)) ?? '').toBe('');
    await events(
      ...['Image Joined', 'Image Bound'].map((type) => ({ type, id: imageId })),
      ...['Joined', 'Bound', 'Started', 'Exited'].map((verb) => ({ type: `Task ${verb}`, id: taskId })),
    );
  });
});
