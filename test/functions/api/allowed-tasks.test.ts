/** The location of an executor decides which host features its tasks may request: at the join, at the bind, and in the plan. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { associationPath, Composer, openStage, type Stage } from '../../composing.ts';
import type { Answer } from '../../taskport.ts';
import { makeFormerLocations } from './former-location.ts';
import { makeFormerComposition, makeFormerLog } from './former-log.ts';
import { base64, bodyOf, expectInvalid, expectProblem, tar } from './support.ts';

const allow = {
  capabilities: ['NET_ADMIN'],
  logs: ['s3://lines/jobs/', 'cloudwatch:/tasks/'],
  secrets: ['jobs/'],
  nfs: ['files:/home/'],
};
const run = { args: ['/bin/tool'] };

let stage: Stage;
let image: string;
beforeAll(async () => {
  stage = await openStage();
  for (const [name, more] of [
    ['strict', {}],
    ['lenient', { allow }],
  ] as const)
    await bodyOf(stage.post('/v1/locations', { name, kind: 'executor', ...more }), 201);
  await makeFormerLocations(stage, { name: 'former', kind: 'executor' });
  image = await stage.make('image', { data: base64(await tar({ 'bin/tool': 'x' })) });
});
afterAll(() => stage.stop());

const composerIn = async (location: string) =>
  new Composer(stage.post, await stage.make('executor', {}, location)).open();
const setAllow = (location: string, said: object | null) =>
  bodyOf(stage.call('PATCH', `/v1/locations/${location}`, { body: { allow: said } }), 200);
const planOf = ({ handle }: Composer) => stage.call('GET', `/v1/compositions/${handle}/plan?target=oci`);
const expectRefused = (answer: Answer, ...paths: string[]): void => {
  expectProblem(answer, 403, 'permission-denied', { action: 'compose' });
  expect(answer.body.issues.map(({ path }: { path: string }) => path)).toEqual(paths);
};

interface Sort {
  readonly kind: 'task' | 'log' | 'volume';
  readonly make: () => Promise<string>;
  readonly more?: object;
  readonly path: (id: string) => string;
  /** Whether tasks could request it before `allow` existed. */
  readonly isLegacy: boolean;
}

const ofTask = (spec: object, path: string, isLegacy: boolean): Sort => ({
  kind: 'task',
  make: () => stage.make('task', { spec }),
  path: (id) => `tasks["${id}"].${path}`,
  isLegacy,
});
const ofLog = (spec: object, path: string): Sort => ({
  kind: 'log',
  make: () => stage.make('log', { spec }),
  path: (id) => `logs["${id}"].${path}`,
  isLegacy: true,
});
const secret = (valueFrom: string) => ({ name: 'KEY', valueFrom, target: 'env' });

const sorts: Readonly<Record<string, Sort>> = {
  'a capability': ofTask(
    { process: { ...run, capabilities: { add: ['CAP_NET_ADMIN', 'CAP_CHOWN'] } } },
    'process.capabilities.add',
    false,
  ),
  'a secret': ofTask({ process: run, secrets: [secret('jobs/key')] }, 'secrets[0].valueFrom', true),
  'a bucket': ofLog({ s3: { bucket: 'lines', prefix: 'jobs/' } }, 's3'),
  'a log group': ofLog({ cloudwatch: { group: '/tasks/web' } }, 'cloudwatch.group'),
  'an export': {
    kind: 'volume',
    make: () => stage.make('volume', {}, 'shared'),
    more: { mount: { path: '/mnt' } },
    path: (id) => `storage["${id}"]`,
    isLegacy: true,
  },
};

describe.each(Object.entries(sorts))('%s', (_, { make, more, path, isLegacy }) => {
  it('is refused by a location that does not allow it, and an administrator can change that', async () => {
    const [composer, id] = [await composerIn('strict'), await make()];
    const answer = await composer.attempt('join', { id, ...more });
    expectRefused(answer, path(id));
    expect(answer.body.detail).toMatch(/strict does not allow: ask an administrator .* `allow\.\w+`/);
    expect((await composer.open()).ids()).toEqual([]);
  });

  it('joins, binds and is planned if the location allows it', async () => {
    const [composer, id] = [await composerIn('lenient'), await make()];
    await composer.mount(image, '/');
    await composer.join(id, more);
    await composer.join(await stage.make('task', { spec: { process: run } }));
    await composer.bind();
    expect((await planOf(composer)).status).toBe(200);
  });

  it('neither binds nor is planned after its permission is withdrawn; a bound member can still be removed', async () => {
    const [bound, joined, id] = [await composerIn('lenient'), await composerIn('lenient'), await make()];
    for (const composer of [bound, joined]) {
      await composer.mount(image, '/');
      await composer.join(id, more);
    }
    await bound.join(await stage.make('task', { spec: { process: run } }));
    await bound.bind();
    await setAllow('lenient', null);
    try {
      expectRefused(await joined.attempt('bind'), path(id));
      const plan = await planOf(bound);
      expectProblem(plan, 422, 'unsupported-by-target', { reasons: [{ path: path(id) }] });
      await bound.unbind();
      await bound.leave(id);
      await joined.leave(id);
    } finally {
      await setAllow('lenient', allow);
    }
  });

  it(`is ${isLegacy ? 'allowed' : 'refused'} in a location from an earlier version`, async () => {
    const [composer, id] = [await composerIn('former'), await make()];
    const answer = await composer.attempt('join', { id, ...more });
    if (isLegacy) expect(answer.status).toBe(200);
    else expectRefused(answer, path(id));
  });
});

describe('the request of a task', () => {
  it('includes its overrides and the values that it inherits', async () => {
    const composer = await composerIn('strict');
    const parentId = await stage.make('task', {
      spec: { process: { capabilities: { add: ['CAP_NET_ADMIN'] } } },
    });
    const child = await stage.make('task', { parentId, spec: { process: run } });
    const path = `tasks["${child}"].process.capabilities.add`;
    expectRefused(await composer.attempt('join', { id: child }), path);
    const plain = await stage.make('task', { spec: { process: run } });
    const overrides = { process: { capabilities: { add: ['ALL'] } } };
    const answer = await composer.attempt('join', { id: plain, overrides });
    expectRefused(answer, `tasks["${plain}"].process.capabilities.add`);
    expect(answer.body.detail).toContain('CAP_SYS_ADMIN');
    expect(answer.body.detail).not.toContain('CAP_CHOWN');
    await composer.join(child, { overrides: { process: { capabilities: null } } });
  });

  it('also counts for tasks that join with storage', async () => {
    const [composer, volume] = [await composerIn('strict'), await stage.make('volume')];
    const task = await stage.make('task', { spec: { secrets: [secret('others/key')] } });
    await bodyOf(stage.call('PUT', associationPath(volume, task)), 200);
    const answer = await composer.attempt('join', { id: volume, mount: { path: '/mnt' } });
    expectRefused(answer, `tasks["${task}"].secrets[0].valueFrom`);
  });

  it('is empty if the task drops privileges, or has the engine’s defaults', async () => {
    const composer = await composerIn('strict');
    for (const capabilities of [{ drop: ['ALL'] }, { add: ['CAP_CHOWN'], drop: ['ALL'] }])
      await composer.join(await stage.make('task', { spec: { process: { ...run, capabilities } } }));
    await composer.join(await stage.make('log', { spec: { file: { path: 'app/today.log' } } }));
    await composer.join(await stage.make('log'));
  });

  it('is refused with all reasons at once', async () => {
    const composer = await composerIn('strict');
    const spec = {
      process: { ...run, capabilities: { add: ['CAP_SYS_ADMIN'] } },
      secrets: [secret('jobs/key'), { ...secret('jobs/other'), name: 'OTHER' }],
    };
    const id = await stage.make('task', { spec });
    const paths = ['process.capabilities.add', 'secrets[0].valueFrom', 'secrets[1].valueFrom'];
    expectRefused(await composer.attempt('join', { id }), ...paths.map((path) => `tasks["${id}"].${path}`));
  });
});

describe('a log at a path of the machine', () => {
  const bashrc = '/root/.bashrc';
  const aLog = () => stage.make('log', { spec: { file: { path: 'today.log' } } });

  it('cannot be created', async () => {
    for (const path of [bashrc, '../../root/.bashrc', 'a/../../b']) {
      const body = { id: 'log://log/bad', spec: { file: { path } } };
      expectInvalid(await stage.post('/v1/elements', body), 'spec.file.path');
    }
  });

  it.each(['executor', 'former'])(
    'from an earlier version does not join, for %s, and is still readable',
    async (location) => {
      const [composer, id] = [await composerIn(location), await aLog()];
      await makeFormerLog(stage, id, bashrc);
      expectRefused(await composer.attempt('join', { id }), `logs["${id}"].file.path`);
      const read = await stage.call('GET', id.replace('log://', '/v1/elements/log/'));
      expect(read.body.spec).toEqual({ file: { path: bashrc } });
    },
  );

  it('that joined under an earlier version is neither bound nor planned, and may leave', async () => {
    const [composer, bound, id] = [await composerIn('former'), await composerIn('former'), await aLog()];
    for (const each of [composer, bound]) {
      await each.mount(image, '/');
      await each.join(id);
      await each.join(await stage.make('task', { spec: { process: run } }));
    }
    await bound.bind();
    await makeFormerLog(stage, id, bashrc);
    for (const { executorId } of [composer, bound]) await makeFormerComposition(stage, executorId);
    const path = `logs["${id}"].file.path`;
    expectRefused(await composer.attempt('bind'), path);
    expectRefused(await composer.attempt('bind', { id }), path);
    const plan = await planOf(bound);
    expectProblem(plan, 422, 'unsupported-by-target', { reasons: [{ path }] });
    expect(plan.body.detail).toContain('create the log anew with a relative name');
    await bound.unbind();
    await bound.leave(id);
  });
});
