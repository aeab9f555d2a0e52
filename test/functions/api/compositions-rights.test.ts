import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defined } from '../../../lib/defined.ts';
import { associationPath, Composer, openStage, reportsPath, type Stage, type Verb } from '../../composing.ts';
import type { Answer } from '../../taskport.ts';
import { base64, bodyOf, expectProblem, makeLocations, pathOf, tar } from './support.ts';

const role = (name: string): string => `arn:aws:iam::123456789012:role/${name}`;
const ACTIONS = ['create', 'read', 'write', 'delete', 'compose', 'execute', 'admin'];
const KINDS = ['executor', 'image', 'volume', 'task', 'log'];

let stage: Stage;
let ids: { executor: string; image: string; volume: string; task: string; log: string };
let composer: Composer;

/** In `guarded-…` locations, each action is granted to the role of its name, and all actions to `local`. */
beforeAll(async () => {
  stage = await openStage();
  const grants = [
    ...ACTIONS.map((action) => ({ principal: role(action), actions: [action] })),
    { principal: role('composer-and-deleter'), actions: ['compose', 'delete'] },
    { principal: 'local', actions: ACTIONS },
  ];
  await makeLocations(stage, ...KINDS.map((kind) => ({ name: `guarded-${kind}`, kind, grants })));
  const made = await Promise.all(KINDS.map((kind) => stage.make(kind, {}, `guarded-${kind}`)));
  const [executor, image, volume, task, log] = made as [string, string, string, string, string];
  ids = { executor, image, volume, task, log };
  composer = await new Composer(stage.post, executor).open();
  await composer.mount(image, '/');
  await composer.join(task);
  await composer.bind();
});
afterAll(() => stage.stop());

const refusedTo = async (
  action: string,
  ask: (as: string) => Promise<Answer>,
  others: readonly string[] = ACTIONS.filter((other) => other !== action),
): Promise<void> => {
  for (const name of [...others, 'stranger']) {
    expectProblem(await ask(role(name)), 403, 'permission-denied', { action });
  }
};
const post = (as: string, path: string, body: object) => stage.callAs(as, 'POST', path, { body });

describe('grants of an executor’s location', () => {
  it.each<[Verb, object]>([
    ['join', { id: 'image://image/any', mount: { path: '/' } }],
    ['bind', {}],
    ['unbind', {}],
    ['leave', { id: 'image://image/any' }],
    ['interrupt', { id: 'task://task/any', signal: 'TERM' }],
  ])('decide who composes: %s', async (verb, body) => {
    await refusedTo('compose', (as) => post(as, `/v1/compositions/${composer.handle}/${verb}`, body));
    expect((await composer.open()).ids('bound')).toEqual([ids.image, ids.task]);
  });

  it('decide who opens: callers who compose, and callers who execute', async () => {
    const open = (as: string) => post(as, '/v1/compositions', { executorId: ids.executor });
    await refusedTo(
      'compose',
      open,
      ACTIONS.filter((name) => !['compose', 'execute'].includes(name)),
    );
    for (const name of ['compose', 'execute']) expect((await open(role(name))).status).toBe(201);
  });

  it('decide who reports on tasks', async () => {
    const path = reportsPath(ids.executor, ids.task);
    const report = { attempt: 1, state: 'running', at: '2026-01-31T12:00:00Z' };
    await refusedTo('execute', (as) => post(as, path, report));
    expect((await post(role('execute'), path, report)).status).toBe(201);
  });

  it('decide who sees a composition, its plan and its reports', async () => {
    for (const path of [
      `/v1/compositions/${composer.handle}`,
      `/v1/compositions/${composer.handle}/plan?target=oci`,
      `${pathOf(ids.executor)}?fields=composition`,
      reportsPath(ids.executor, ids.task),
    ]) {
      const others = ACTIONS.filter(
        (other) => other !== 'read' && !(other === 'execute' && path.includes('/plan')),
      );
      await refusedTo('read', (as) => stage.callAs(as, 'GET', path), others);
      expect((await stage.callAs(role('read'), 'GET', path)).body.code).toBeOneOf([
        undefined,
        // The image has no data, but a caller who may not read does not learn that.
        'unsupported-by-target',
      ]);
    }
  });

  it('allow callers to compose a composition that another caller opened', async () => {
    const mine = new Composer((path, body) => post(role('compose'), path, body ?? {}), ids.executor);
    await mine.open();
    await mine.interrupt(ids.task, 'HUP');
    expect(mine.composition).toMatchObject({ modifiedBy: role('compose') });
    await composer.open();
  });
});

describe('a task that is bound', () => {
  it('is bound by the caller who requested its run, even if others join, report or unbind it', async () => {
    const other = role('composer-and-deleter');
    const image = await stage.make('image', { data: base64(await tar({ file: 'x' })) });
    const spec = { process: { args: ['/bin/tool'] } };
    const [task, executor] = [
      await stage.make('task', { spec }),
      await stage.make('executor', {}, 'guarded-executor'),
    ];
    const mine = await new Composer(stage.post, executor).open();
    await mine.mount(image, '/');
    await mine.join(task);
    const planned = async () => {
      const answer = stage.call('GET', `/v1/compositions/${mine.handle}/plan?target=container`);
      return (await bodyOf(answer, 200)).tasks[0];
    };
    expect(mine.member(task).task).not.toHaveProperty('boundBy');
    expect(await planned()).not.toHaveProperty('boundBy');
    const theirs = new Composer((path, body) => post(other, path, body ?? {}), executor);
    await theirs.open();
    await theirs.bind();
    const report = { attempt: 1, state: 'running', at: '2026-01-31T12:00:00Z' };
    await bodyOf(post(role('execute'), reportsPath(executor, task), report), 201);
    await mine.open();
    await mine.interrupt(task, 'HUP');
    expect(mine.composition).toMatchObject({ modifiedBy: 'local' });
    expect(mine.member(task).task).toMatchObject({ attempt: 1, boundBy: other });
    expect(await planned()).toMatchObject({ attempt: 1, boundBy: other });
    await mine.unbind(task);
    expect(mine.member(task).task).toMatchObject({ boundBy: other });
    await mine.bind(task);
    expect(mine.member(task).task).toMatchObject({ attempt: 2, boundBy: 'local' });
  });
});

describe('grants of the location of a member', () => {
  const joinAs = async (as: string, kind: keyof typeof ids, mount?: object) => {
    const open = await stage.compose();
    const body = defined({ id: ids[kind], mount: mount ? { path: '/m', ...mount } : undefined });
    return post(as, `/v1/compositions/${open.handle}/join`, body);
  };

  it.each<[keyof typeof ids, object | undefined]>([
    ['image', {}],
    ['volume', { readOnly: true }],
    ['volume', {}],
    ['task', undefined],
    ['log', undefined],
  ])('decide who joins it: %s %j', async (kind, mount) => {
    await refusedTo('compose', (as) => joinAs(as, kind, mount));
    expect((await joinAs(role('compose'), kind, mount)).status).toBe(200);
  });

  it('also decide about tasks that join with storage', async () => {
    const image = await stage.make('image');
    await stage.call('PUT', associationPath(image, ids.task));
    const executor = await stage.make('executor');
    const composing = async (as: string) => {
      const opened = await bodyOf(post(as, '/v1/compositions', { executorId: executor }), 201);
      return post(as, `/v1/compositions/${opened.handle}/join`, { id: image, mount: { path: '/' } });
    };
    await refusedTo('compose', composing);
    expect((await composing(role('compose'))).status).toBe(200);
  });

  it('decide whose leave may delete a volume', async () => {
    const volume = await stage.make('volume', {}, 'guarded-volume');
    const open = await stage.compose();
    const path = `/v1/compositions/${open.handle}/join`;
    const body = { id: volume, mount: { path: '/m', persistent: false } };
    expectProblem(await post(role('compose'), path, body), 403, 'permission-denied', { action: 'delete' });
    expect((await post(role('composer-and-deleter'), path, body)).status).toBe(200);
  });

  it('decide who sees the references in a refused delete', async () => {
    const image = await stage.make('image');
    const mine = await new Composer(stage.post, await stage.make('executor', {}, 'guarded-executor')).open();
    await mine.mount(image, '/');
    const remove = (as: string) => stage.callAs(as, 'DELETE', pathOf(image));
    const references = [{ id: mine.executorId, kind: 'composition' }];
    expectProblem(await remove(role('read')), 409, 'in-use', { references, hidden: 0 });
    expectProblem(await remove(role('stranger')), 409, 'in-use', { references: [], hidden: 1 });
  });
});

describe('grants and associations', () => {
  const path = () => associationPath(ids.image, ids.task);

  it('need a grant to write the storage, and to read the task', async () => {
    const put = (as: string) => stage.callAs(as, 'PUT', path());
    await refusedTo('write', put);
    expectProblem(await put(role('write')), 403, 'permission-denied', { action: 'read' });
    await refusedTo('write', (as) => stage.callAs(as, 'DELETE', path()));
    await refusedTo('read', (as) => stage.callAs(as, 'GET', `${pathOf(ids.image)}/tasks`));
    await bodyOf(stage.call('PUT', path()), 200);
    await bodyOf(stage.callAs(role('write'), 'DELETE', path()), 204);
  });

  it('hide tasks from callers who may not read them', async () => {
    const image = await stage.make('image');
    const task = await stage.make('task');
    for (const id of [ids.task, task]) await bodyOf(stage.call('PUT', associationPath(image, id)), 200);
    const list = async (as: string) => (await stage.callAs(as, 'GET', `${pathOf(image)}/tasks`)).body;
    expect(await list(role('read'))).toEqual({ items: [{ id: ids.task }, { id: task }] });
    expect(await list(role('stranger'))).toEqual({ items: [{ id: task }], hidden: 1 });
  });
});

describe('a location’s policy', () => {
  beforeAll(() =>
    makeLocations(
      stage,
      ...['read-only', 'create-only'].flatMap((policy) =>
        ['volume', 'image'].map((kind) => ({ name: `${policy}-${kind}`, kind })),
      ),
    ),
  );

  it.each(['read-only', 'create-only'])('%s prevents writes to its volumes, not reads', async (policy) => {
    const data = { data: base64(await tar({ file: 'x' })) };
    const id = await stage.make('volume', data, `${policy}-volume`);
    const image = await stage.make('image', data, `${policy}-image`);
    for (const kind of ['volume', 'image']) {
      await bodyOf(stage.call('PATCH', `/v1/locations/${policy}-${kind}`, { body: { policy } }), 200);
    }
    const mine = await stage.compose();
    for (const mount of [{ path: '/a' }, { path: '/a', readOnly: true, persistent: false }]) {
      expectProblem(await mine.attempt('join', { id, mount }), 403, 'invalid-location', { policy });
    }
    await mine.mount(id, '/a', { readOnly: true });
    // Writes over an image are dropped, and never change it.
    await mine.mount(image, '/');
    await mine.bind();
  });
});
