/** Findings for an operator, which disappear after their remedy. */
import { type ServerType, serve } from '@hono/node-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../functions/api/app.ts';
import { Composer, openStage, type Stage } from '../composing.ts';
import { makeFormerLocations } from '../functions/api/former-location.ts';
import { makeFormerLog } from '../functions/api/former-log.ts';
import { bodyOf } from '../functions/api/support.ts';
import { type Run, runAgainst } from './command-line.ts';

const STRANGER = 'arn:aws:iam::123456789012:role/stranger';
const nfs = { server: 'files.example.com', path: '/exports' };

let stage: Stage;
let run: Run;
beforeAll(async () => {
  stage = await openStage();
  run = runAgainst(stage.url);
});
afterAll(() => stage.stop());

/** The findings for one location or element. */
const found = async (of: string): Promise<string[]> => {
  const { json } = await run(['doctor', '--json']);
  return json.filter((each) => each.of === of).map(({ finding }) => finding);
};
const update = async (...args: readonly string[]) =>
  expect((await run(['location', 'update', ...args])).code).toBe(0);
const setAllow = (name: string, allow: object) =>
  bodyOf(stage.call('PATCH', `/v1/locations/${name}`, { body: { allow } }), 200);

describe('the doctor', () => {
  it('ends with 0 without findings', async () => {
    expect(await run(['doctor'])).toMatchObject({ code: 0, out: '', err: 'no problems found\n' });
    expect(await run(['doctor', '--json'])).toMatchObject({ code: 0, out: '', err: '' });
  });

  it('reports locations from an earlier version without `allow`, until it is set', async () => {
    await makeFormerLocations(stage, { name: 'former', kind: 'executor' });
    const told = await run(['doctor']);
    expect(told).toMatchObject({ code: 1, err: '' });
    expect(told.out).toMatch(
      /^former: is from an earlier version.*\n {2}.*taskport location update former --allow <file>\n$/,
    );
    await setAllow('former', { secrets: ['jobs/'] });
    expect(await found('former')).toEqual([]);
  });

  it('reports NFS exports that no administrator has approved, until one does', async () => {
    const shares = { name: 'shares', kind: 'volume', type: 'nfs', nfs, createdBy: STRANGER };
    await makeFormerLocations(stage, shares);
    expect(await found('shares')).toEqual(['foreign-nfs']);
    const { out } = await run(['doctor']);
    expect(out).toContain('shares: serves files.example.com:/exports');
    await update('shares', '--owner', 'local');
    expect(await found('shares')).toEqual([]);
  });

  it('reports logs at paths of the machine, until they are deleted', async () => {
    const id = await stage.make('log', { spec: { file: { path: 'today.log' } } });
    await makeFormerLog(stage, id, '/root/.bashrc');
    const executor = await stage.make('executor');
    expect(await found(id)).toEqual(['log-path']);
    const { out } = await run(['doctor']);
    expect(out).toContain(`${id}: is at /root/.bashrc, a path of the machine`);
    expect(await found(executor)).toEqual([]);
    expect((await run(['log', 'delete', id])).code).toBe(0);
    await expect.poll(() => found(id)).toEqual([]);
  });

  it('reports members that may not run any more, until they leave or are allowed', async () => {
    await bodyOf(
      stage.post('/v1/locations', {
        name: 'boxes',
        kind: 'executor',
        allow: { capabilities: ['NET_ADMIN'], logs: ['s3://lines/'], nfs: ['files:'] },
      }),
      201,
    );
    const composer = await new Composer(stage.post, await stage.make('executor', {}, 'boxes')).open();
    const spec = { process: { capabilities: { add: ['CAP_NET_ADMIN'] } } };
    const [task, log] = [
      await stage.make('task', { spec }),
      await stage.make('log', { spec: { s3: { bucket: 'lines' } } }),
    ];
    for (const id of [task, log]) await composer.join(id);
    await composer.mount(await stage.make('volume', {}, 'shared'), '/mnt');
    await expect.poll(() => found(composer.executorId)).toEqual([]);
    await setAllow('boxes', { capabilities: null, nfs: null });
    const { out, code } = await run(['doctor']);
    expect(code).toBe(1);
    expect(out).toContain(
      `${composer.executorId}: tasks["${task}"].process.capabilities.add asks for CAP_NET_ADMIN`,
    );
    expect(await found(composer.executorId)).toEqual(['not-allowed', 'not-allowed']);
    await composer.leave(task);
    await setAllow('boxes', { nfs: ['files:'] });
    expect(await found(composer.executorId)).toEqual([]);
  });

  it('reports locations that it cannot read, because their findings are unknown', async () => {
    const grants = [{ principal: STRANGER, actions: ['read'] }];
    await bodyOf(stage.post('/v1/locations', { name: 'private', kind: 'log', grants }), 201);
    expect(await found('private')).toEqual(['unseen']);
    await bodyOf(stage.call('PATCH', '/v1/locations/private', { body: { grants: null } }), 200);
    expect(await found('private')).toEqual([]);
  });

  it('tells a caller who is no administrator that it cannot see everything', async () => {
    const app = createApp(stage.dependencies, { localPrincipal: STRANGER, log: () => {} });
    const [port, server] = await new Promise<[number, ServerType]>((settle) => {
      const started = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, (info) =>
        settle([info.port, started]),
      );
    });
    const told = await runAgainst(`http://127.0.0.1:${port}`)(['doctor', '--json']);
    server.close();
    expect(told.code).toBe(1);
    expect(told.json).toMatchObject([{ finding: 'not-administrator', of: 'deployment' }]);
    expect(told.json[0].remedy).toContain('-c administrators=');
  });
});
