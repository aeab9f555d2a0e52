import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { runnableRoot } from './container.ts';
import { documents } from './layer.ts';
import { type Composing, workflow } from './workflow.ts';

workflow('use of volume and image', async ({ step, call, compose, run, events }) => {
  const imageId = 'image://shared-images/shell';
  const volumeId = 'volume://shared-volumes/documents';
  const scratchId = 'volume://shared-volumes/scratch';
  const logId = 'log://shared-logs/app';
  const taskId = 'task://shared-tasks/count';
  const executorId = 'executor://shared-boxes/box-1';
  const otherId = 'executor://shared-boxes/box-2';
  let box: Composing;
  let other: Composing;

  await step('create a location for each kind of element', async () => {
    const names = ['image', 'volume', 'log', 'task', 'executor'].map((kind) => ({
      kind,
      name: kind === 'executor' ? 'shared-boxes' : `shared-${kind}s`,
    }));
    for (const body of names) {
      expect(await call('POST', '/v1/locations', { body })).toMatchObject({ status: 201 });
    }
    await events(...names.map(({ name }) => ({ type: 'Location Created', id: name })));
  });

  await step('create an image with a shell, a volume with documents, and an empty one', async () => {
    const [root, files] = await Promise.all([runnableRoot('/bin/cat'), documents()]);
    for (const body of [
      { id: imageId, data: { base64: root.base64 } },
      { id: volumeId, data: { base64: files.base64 } },
      { id: scratchId, freeSpace: 1024 },
    ]) {
      expect(await call('POST', '/v1/elements', { body })).toMatchObject({ status: 201 });
    }
    await events(
      { type: 'Image Created', id: imageId },
      { type: 'Volume Created', id: volumeId },
      { type: 'Volume Created', id: scratchId },
    );
  });

  await step(
    'create a log, a task that reads one volume and writes the other, and two executors',
    async () => {
      const script =
        'read -r title < documents/adr/0001-one-table.md; echo "$title" > /scratch/title; cat /scratch/title; ' +
        '(echo no > documents/no) 2> /dev/null || echo "documents are read-only"';
      const spec = { process: { args: ['/bin/sh', '-c', script], cwd: '/mnt/documents' } };
      for (const body of [{ id: logId }, { id: taskId, spec }, { id: executorId }, { id: otherId }]) {
        expect(await call('POST', '/v1/elements', { body })).toMatchObject({ status: 201 });
      }
      await events(
        { type: 'Log Created', id: logId },
        { type: 'Task Created', id: taskId },
        ...[executorId, otherId].map((id) => ({ type: 'Executor Created', id })),
      );
    },
  );

  await step(
    'join them: the image at `/`, the documents read-only, the empty volume to be written to',
    async () => {
      box = await compose(executorId);
      await box.mount(imageId, '/');
      await box.mount(volumeId, '/mnt/documents/', { readOnly: true });
      await box.mount(scratchId, '/scratch', { save: 'never' });
      await box.join(logId);
      await box.join(taskId);
      expect(box.member(volumeId).mount).toEqual({
        path: '/mnt/documents',
        readOnly: true,
        persistent: true,
      });
      await events(
        { type: 'Image Joined', id: imageId },
        { type: 'Volume Joined', id: volumeId },
        { type: 'Volume Joined', id: scratchId },
        { type: 'Log Joined', id: logId },
        { type: 'Task Joined', id: taskId },
      );
    },
  );

  await step('two elements do not share a path', async () => {
    other = await compose(otherId);
    await other.mount(scratchId, '/data', { save: 'never' });
    const body = { id: volumeId, mount: { path: '/data/' } };
    expect(await other.attempt('join', body)).toMatchObject({
      status: 409,
      body: { code: 'mount-conflict', path: '/data' },
    });
    await events({ type: 'Volume Joined', id: scratchId });
  });

  await step('bind all of it in one step', async () => {
    await box.bind();
    expect(box.ids('bound')).toEqual([imageId, volumeId, scratchId, logId, taskId]);
    await events(
      { type: 'Image Bound', id: imageId },
      { type: 'Volume Bound', id: volumeId },
      { type: 'Volume Bound', id: scratchId },
      { type: 'Log Bound', id: logId },
      { type: 'Task Bound', id: taskId },
    );
  });

  await step(
    'the volume that is written to is attached here and nowhere else; what is read is shared',
    async () => {
      await other.mount(volumeId, '/mnt', { readOnly: true });
      expect(await other.attempt('bind')).toMatchObject({
        status: 409,
        body: { code: 'volume-attached', executorId },
      });
      await other.bind(volumeId);
      expect(other.ids('bound')).toEqual([volumeId]);
      await events(...['Volume Joined', 'Volume Bound'].map((type) => ({ type, id: volumeId })));
    },
  );

  await step('get the plan and run it', async () => {
    const answer = await call('GET', `/v1/compositions/${box.handle}/plan?target=oci`);
    expect(answer).toMatchObject({
      status: 200,
      body: {
        storage: [
          { id: imageId, mountPath: '/', writable: 'layer' },
          { id: volumeId, mountPath: '/mnt/documents', readOnly: true },
          { id: scratchId, mountPath: '/scratch', writable: 'volume', layers: [] },
        ],
      },
    });
    const [title] = (await readFile('docs/adr/0001-one-table.md', 'utf8')).split('\n');
    const output = `${title}\ndocuments are read-only\n`;
    expect((await run(box, taskId, 0)) ?? output).toBe(output);
    await events(...['Task Started', 'Task Exited'].map((type) => ({ type, id: taskId })));
  });

  await step('while the task is bound, what it stands on stays', async () => {
    const references = [{ id: taskId, kind: 'task' }];
    for (const id of [volumeId, logId]) {
      expect(await box.attempt('unbind', { id })).toMatchObject({
        status: 409,
        body: { code: 'in-use', references },
      });
    }
    expect(await call('DELETE', '/v1/elements/volume/shared-volumes/documents')).toMatchObject({
      status: 409,
      body: { code: 'in-use' },
    });
  });

  await step('unbind all, and the other executor gets the volume', async () => {
    await box.unbind();
    await events(
      { type: 'Task Unbound', id: taskId },
      { type: 'Image Unbound', id: imageId },
      { type: 'Volume Unbound', id: volumeId },
      { type: 'Volume Unbound', id: scratchId },
      { type: 'Log Unbound', id: logId },
    );
    await other.bind(scratchId);
    expect(other.ids('bound')).toEqual([scratchId, volumeId]);
    await events({ type: 'Volume Bound', id: scratchId });
  });
});
