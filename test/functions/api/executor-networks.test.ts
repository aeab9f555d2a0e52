/** Network settings of an executor that need no permission, and those that its location must allow. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Composer } from '../../composing.ts';
import { startTaskport, type Taskport } from '../../taskport.ts';
import { base64, bodyOf, expectInvalid, expectProblem, tar } from './support.ts';

let taskport: Taskport;
beforeAll(async () => {
  taskport = await startTaskport();
  for (const [name, kind] of Object.entries({ boxes: 'executor', jobs: 'task', library: 'image' }))
    await bodyOf(taskport.call('POST', '/v1/locations', { body: { name, kind } }), 201);
});
afterAll(() => taskport.stop());

let count = 0;
const create = (network: object) => {
  count += 1;
  const id = `executor://boxes/box-${count}`;
  return taskport.call('POST', '/v1/elements', { body: { id, spec: { network } } });
};
const allowing = (networks: readonly string[] | null) =>
  bodyOf(taskport.call('PATCH', '/v1/locations/boxes', { body: { allow: { networks } } }), 200);

it('a network of its own, no network, and ports from 1024 on need no permission', async () => {
  for (const network of [{}, { mode: 'bridge' }, { mode: 'none' }, { ports: [{ port: 80, hostPort: 1024 }] }])
    await bodyOf(create(network), 201);
});

it.each<[string, object, string]>([
  ['host', { mode: 'host' }, 'spec.network.mode'],
  ['lan', { mode: 'lan' }, 'spec.network.mode'],
  ['port:80', { ports: [{ port: 8080 }, { port: 8080, hostPort: 80 }] }, 'spec.network.ports[1]'],
  ['port:443', { ports: [{ port: 443 }] }, 'spec.network.ports[0]'],
])('%s works if the location allows it', async (what, network, path) => {
  await allowing(null);
  const refused = await create(network);
  expectProblem(refused, 403, 'permission-denied', { action: 'create', issues: [{ path }] });
  await allowing([what]);
  await bodyOf(create(network), 201);
  if (what.startsWith('port:')) {
    await allowing(['port:']);
    await bodyOf(create(network), 201);
  }
});

it('a permission that was withdrawn makes every plan fail with that reason', async () => {
  await allowing(['host']);
  const { id: executorId } = await bodyOf(create({ mode: 'host' }), 201);
  const image = { id: 'image://library/base', data: base64(await tar({ a: 'x' })) };
  await bodyOf(taskport.call('POST', '/v1/elements', { body: image }), 201);
  const task = { id: 'task://jobs/main', spec: { process: { args: ['/a'] } } };
  await bodyOf(taskport.call('POST', '/v1/elements', { body: task }), 201);
  const composer = new Composer((path, body) => taskport.call('POST', path, { body }), executorId);
  await composer.open();
  await composer.mount(image.id, '/');
  await composer.join(task.id);
  const plan = () => taskport.call('GET', `/v1/compositions/${composer.handle}/plan?target=docker`);
  expect(await bodyOf(plan(), 200)).toMatchObject({ group: { HostConfig: { NetworkMode: 'host' } } });
  await allowing(null);
  expectProblem(await plan(), 422, 'unsupported-by-target', {
    reasons: [{ path: 'executor.network.mode', message: expect.stringContaining('allow.networks') }],
  });
});

it.each<[object, string]>([
  [{ mode: 'container:other' }, 'spec.network.mode'],
  [{ mode: 'none', ports: [{ port: 80 }] }, 'spec.network.ports'],
  [{ ports: [{ port: 0 }] }, 'spec.network.ports[0].port'],
  [{ ports: [{ port: 8080 }, { port: 80, hostPort: 8080 }] }, 'spec.network.ports'],
  [{ ports: [{ port: 8080, hostAddress: 'localhost' }] }, 'spec.network.ports[0].hostAddress'],
])('%j is refused with its place', async (network, path) => {
  expectInvalid(await create(network), path);
});
