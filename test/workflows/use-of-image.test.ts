import { expect } from 'vitest';
import { runnableRoot } from './container.ts';
import { application } from './layer.ts';
import { type Composing, workflow } from './workflow.ts';

workflow('use of image', async ({ step, call, compose, run, events }) => {
  const baseId = 'image://used-images/shell';
  const imageId = 'image://used-images/app-1.0';
  const taskId = 'task://used-tasks/show';
  const executorId = 'executor://used-boxes/box-1';
  let box: Composing;

  await step('create locations for images, tasks and executors', async () => {
    for (const kind of ['image', 'task', 'executor']) {
      const name = { image: 'used-images', task: 'used-tasks', executor: 'used-boxes' }[kind];
      expect(await call('POST', '/v1/locations', { body: { name, kind } })).toMatchObject({ status: 201 });
    }
    await events(
      ...['used-images', 'used-tasks', 'used-boxes'].map((id) => ({ type: 'Location Created', id })),
    );
  });

  await step('create an image with a shell, and one over it with an application', async () => {
    const [root, app] = await Promise.all([runnableRoot('/bin/cat'), application()]);
    const base = { id: baseId, data: { base64: root.base64 } };
    expect(await call('POST', '/v1/elements', { body: base })).toMatchObject({ status: 201 });
    const body = { id: imageId, parentId: baseId, data: { base64: app.base64 } };
    expect(await call('POST', '/v1/elements', { body })).toMatchObject({ status: 201 });
    await events(
      { type: 'Image Created', id: baseId },
      { type: 'Image Created', id: imageId },
      { type: 'Image Inherited', id: baseId },
    );
  });

  await step('say what is to run', async () => {
    const script = 'echo "$GREETING"; cat package.json; echo written > /tmp.txt && cat /tmp.txt; exit 7';
    const spec = {
      process: {
        args: ['/bin/sh', '-c', script],
        cwd: '/srv/taskport',
        env: [{ name: 'GREETING', value: 'hello from the image' }],
      },
    };
    const body = { id: taskId, spec };
    expect(await call('POST', '/v1/elements', { body })).toMatchObject({ status: 201, body: { spec } });
    await events({ type: 'Task Created', id: taskId });
  });

  await step('create an executor, and open its composition', async () => {
    expect(await call('POST', '/v1/elements', { body: { id: executorId } })).toMatchObject({ status: 201 });
    box = await compose(executorId);
    expect(box.composition).toMatchObject({ executorId, revision: 1, members: [] });
    await events({ type: 'Executor Created', id: executorId });
  });

  await step('join the image at `/`, and the task', async () => {
    expect(await box.mount(imageId, '/')).toMatchObject({
      bound: false,
      mount: { path: '/', readOnly: false, persistent: true },
    });
    expect(await box.join(taskId)).toMatchObject({ bound: false, task: { state: 'created', attempt: 0 } });
    await events({ type: 'Image Joined', id: imageId }, { type: 'Task Joined', id: taskId });
  });

  await step('what is joined stays', async () => {
    const references = [{ id: executorId, kind: 'composition' }];
    expect(await call('DELETE', '/v1/elements/image/used-images/app-1.0')).toMatchObject({
      status: 409,
      body: { code: 'in-use', references },
    });
  });

  await step('bind all of it in one step', async () => {
    await box.bind();
    expect(box.ids('bound')).toEqual([imageId, taskId]);
    await events(
      { type: 'Image Bound', id: imageId },
      { type: 'Task Bound', id: taskId, detail: { attempt: 1 } },
    );
  });

  await step('get the plan for an OCI runtime', async () => {
    const answer = await call('GET', `/v1/compositions/${box.handle}/plan?target=oci`);
    expect(answer).toMatchObject({
      status: 200,
      body: {
        task: { id: taskId, attempt: 1 },
        layers: [{ id: baseId }, { id: imageId }],
        config: { process: { cwd: '/srv/taskport' }, root: { readonly: false } },
      },
    });
  });

  await step(
    'a runner runs it: the layers lie over one another, the root takes writes, and the end is reported',
    async () => {
      const output = await run(box, taskId, 7);
      if (output !== undefined)
        expect(output).toMatch(/^hello from the image\n\{\n {2}"name": "taskport",.*\nwritten\n$/s);
      await events(
        { type: 'Task Started', id: taskId, detail: { attempt: 1 } },
        { type: 'Task Exited', id: taskId, detail: { state: 'exited', exitCode: 7 } },
      );
    },
  );

  await step('the executor says how it ended', async () => {
    const shown = await call('GET', '/v1/elements/executor/used-boxes/box-1?fields=composition');
    expect(shown.body.composition.members).toMatchObject([
      { id: imageId, bound: true },
      { id: taskId, bound: true, task: { state: 'exited', exitCode: 7 } },
    ]);
  });

  await step('unbind and leave: the image is as it was, and free', async () => {
    await box.unbind();
    await box.leave(taskId);
    await box.leave(imageId);
    expect(box.composition.members).toEqual([]);
    expect(await call('DELETE', '/v1/elements/image/used-images/app-1.0')).toMatchObject({ status: 204 });
    await events(
      ...['Image Unbound', 'Image Left'].map((type) => ({ type, id: imageId })),
      ...['Task Unbound', 'Task Left'].map((type) => ({ type, id: taskId })),
      { type: 'Image Deleted', id: imageId },
    );
  });
});
