import { expect } from 'vitest';
import { documents, rootFilesystem } from './layer.ts';
import { type Composing, workflow } from './workflow.ts';

workflow('a composition from end to end', async ({ step, call, compose, events }) => {
  const imageId = 'image://whole-images/shell';
  const volumeId = 'volume://whole-volumes/tools';
  const logId = 'log://whole-logs/app';
  const serveId = 'task://whole-tasks/serve';
  const probeId = 'task://whole-tasks/probe';
  const executorId = 'executor://whole-boxes/box-1';
  const executorPath = '/v1/elements/executor/whole-boxes/box-1';
  const reportsPath = `${executorPath}/tasks/whole-tasks/serve/reports`;
  let box: Composing;

  await step('create a location for each kind of element', async () => {
    const names = ['image', 'volume', 'log', 'task', 'executor'].map((kind) => ({
      kind,
      name: kind === 'executor' ? 'whole-boxes' : `whole-${kind}s`,
    }));
    for (const body of names) {
      expect(await call('POST', '/v1/locations', { body })).toMatchObject({ status: 201 });
    }
    await events(...names.map(({ name }) => ({ type: 'Location Created', id: name })));
  });

  await step('create what is to be composed', async () => {
    const [root, files] = await Promise.all([rootFilesystem(), documents()]);
    const logging = { stdout: logId, stderr: 'default' };
    for (const body of [
      { id: imageId, data: { base64: root.base64 } },
      { id: volumeId, data: { base64: files.base64 } },
      { id: logId, spec: { file: { path: 'app.log' } } },
      { id: serveId, spec: { process: { args: ['/bin/serve', '/etc/serve.conf'], cwd: '/srv' }, logging } },
      { id: probeId, spec: { process: { args: ['/bin/sh', '-c', 'exit 0'] } } },
      { id: executorId, metadata: { rw: { rack: '7' } } },
    ]) {
      expect(await call('POST', '/v1/elements', { body })).toMatchObject({ status: 201 });
    }
    await events(
      { type: 'Image Created', id: imageId },
      { type: 'Volume Created', id: volumeId },
      { type: 'Log Created', id: logId },
      { type: 'Task Created', id: serveId },
      { type: 'Task Created', id: probeId },
      { type: 'Executor Created', id: executorId },
    );
  });

  await step('associate a task with the volume that its program is in', async () => {
    const path = '/v1/elements/volume/whole-volumes/tools';
    expect(await call('PUT', `${path}/tasks/whole-tasks/serve`)).toMatchObject({
      status: 200,
      body: { revision: 2, tasks: [{ id: serveId }] },
    });
    expect(await call('GET', `${path}?fields=tasks`)).toMatchObject({ body: { tasks: [{ id: serveId }] } });
    expect(await call('DELETE', '/v1/elements/task/whole-tasks/serve')).toMatchObject({
      status: 409,
      body: { code: 'in-use', references: [{ id: volumeId, kind: 'association' }] },
    });
    await events({ type: 'Volume Modified', id: volumeId, detail: { revision: 2, changed: ['tasks'] } });
  });

  await step('join the image at `/`, the volume at `/opt`, whose task comes along, and a log', async () => {
    box = await compose(executorId);
    await box.mount(imageId, '/', { readOnly: true });
    await box.mount(volumeId, '/opt', { readOnly: true });
    await box.join(logId);
    expect(box.ids()).toEqual([imageId, volumeId, serveId, logId]);
    // Its absolute paths are below the mount of the volume.
    expect(box.member(serveId).task.spec.process).toEqual({
      args: ['/opt/bin/serve', '/etc/serve.conf'],
      cwd: '/opt/srv',
    });
    await events(
      { type: 'Image Joined', id: imageId },
      { type: 'Volume Joined', id: volumeId },
      { type: 'Task Joined', id: serveId },
      { type: 'Log Joined', id: logId },
    );
  });

  await step('a handle that is not the latest changes nothing', async () => {
    const stale = box.handle;
    await box.bind(imageId);
    expect(await call('POST', `/v1/compositions/${stale}/bind`)).toMatchObject({
      status: 409,
      body: { code: 'stale-handle' },
    });
    expect((await call('GET', `/v1/compositions/${box.handle}`)).body.composition).toEqual(box.composition);
    await events({ type: 'Image Bound', id: imageId });
  });

  await step('bind all the rest', async () => {
    await box.bind();
    expect(box.ids('bound')).toEqual([imageId, volumeId, serveId, logId]);
    await events(
      { type: 'Volume Bound', id: volumeId },
      { type: 'Task Bound', id: serveId, detail: { attempt: 1 } },
      { type: 'Log Bound', id: logId },
    );
  });

  await step('a runner reports, and the executor’s own metadata changes: the handle stays', async () => {
    await box.report(serveId, { attempt: 1, state: 'running' });
    const body = { metadata: { rw: { rack: '8' } } };
    expect(await call('PATCH', executorPath, { body })).toMatchObject({ status: 200 });
    const { handle } = box;
    await box.open();
    expect(box.handle).toBe(handle);
    expect(box.member(serveId).task).toMatchObject({ state: 'running', attempt: 1 });
    await events(
      { type: 'Task Started', id: serveId },
      { type: 'Executor Modified', id: executorId, detail: { changed: ['rw.rack'] } },
    );
  });

  await step('another task joins while that one runs, and leaves by itself when it stops', async () => {
    expect((await box.join(probeId)).task).toMatchObject({ ephemeral: true });
    await box.bind(probeId);
    await box.report(probeId, { attempt: 1, state: 'exited', exitCode: 0 });
    await box.open();
    expect(box.ids()).toEqual([imageId, volumeId, serveId, logId]);
    await events(
      ...['Joined', 'Bound', 'Exited', 'Left'].map((verb) => ({ type: `Task ${verb}`, id: probeId })),
    );
  });

  await step('storage does not', async () => {
    const other = { id: 'image://whole-images/other' };
    expect(await call('POST', '/v1/elements', { body: other })).toMatchObject({ status: 201 });
    expect(await box.attempt('join', { ...other, mount: { path: '/other' } })).toMatchObject({
      status: 409,
      body: { code: 'invalid-state', state: 'bound' },
    });
    await events({ type: 'Image Created', id: other.id });
  });

  await step('send signals', async () => {
    await box.interrupt(serveId, 'HUP');
    await box.interrupt(serveId, 'SIGTERM');
    expect(box.member(serveId).task.interrupt).toEqual({ signal: 'TERM', count: 2, attempt: 1 });
    await box.report(serveId, { attempt: 1, state: 'exited', exitSignal: 'TERM' });
    await events(
      { type: 'Task Interrupted', id: serveId, detail: { signal: 'HUP' } },
      { type: 'Task Interrupted', id: serveId, detail: { signal: 'TERM' } },
      { type: 'Task Exited', id: serveId, detail: { exitSignal: 'TERM' } },
    );
  });

  await step(
    'its runner starts it anew, which is another attempt; what the first says now is refused',
    async () => {
      await box.report(serveId, { attempt: 2, state: 'running' });
      const late = await box.report(serveId, { attempt: 1, state: 'exited', exitCode: 0 });
      expect(late).toMatchObject({ status: 409, body: { code: 'invalid-state', attempt: 2 } });
      await events({ type: 'Task Started', id: serveId, detail: { attempt: 2 } });
    },
  );

  await step('unbind all: the task is asked to stop, and did', async () => {
    expect(await box.attempt('unbind', { id: volumeId })).toMatchObject({
      status: 409,
      body: { code: 'in-use', references: [{ id: serveId }] },
    });
    await box.unbind();
    await box.report(serveId, { attempt: 2, state: 'exited', exitCode: 0 });
    await events(
      { type: 'Image Unbound', id: imageId },
      { type: 'Volume Unbound', id: volumeId },
      { type: 'Log Unbound', id: logId },
      ...['Task Unbound', 'Task Exited'].map((type) => ({ type, id: serveId })),
    );
  });

  await step('the volume leaves, and its task with it', async () => {
    await box.open();
    await box.leave(volumeId);
    expect(box.ids()).toEqual([imageId, logId]);
    await events({ type: 'Volume Left', id: volumeId }, { type: 'Task Left', id: serveId });
  });

  await step('the executor goes when all have left', async () => {
    const members = [imageId, logId].map((id) => ({ id, kind: 'member' }));
    expect(await call('DELETE', executorPath)).toMatchObject({
      status: 409,
      body: { code: 'in-use', references: members },
    });
    const history = await call('GET', reportsPath);
    expect(history.body.items.map(({ attempt, state }: Record<string, unknown>) => [attempt, state])).toEqual(
      [
        [1, 'running'],
        [1, 'exited'],
        [2, 'running'],
        [2, 'exited'],
      ],
    );
    for (const id of [imageId, logId]) await box.leave(id);
    expect(await call('DELETE', executorPath)).toMatchObject({ status: 204 });
    await events(
      { type: 'Image Left', id: imageId },
      { type: 'Log Left', id: logId },
      { type: 'Executor Deleted', id: executorId },
    );
  });
});
