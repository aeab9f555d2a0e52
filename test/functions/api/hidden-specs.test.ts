/** An executor shows its composition to callers who may read it, but not the specifications of members that they may not read. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Composer, openStage, type Stage } from '../../composing.ts';
import type { Answer } from '../../taskport.ts';
import { base64, bodyOf, expectProblem, makeLocations, pathOf, tar } from './support.ts';

const role = (name: string): string => `arn:aws:iam::123456789012:role/${name}`;
const RIGHTS = ['create', 'read', 'write', 'delete', 'compose', 'execute', 'admin'];
const to = (name: string, ...actions: string[]) => ({ principal: role(name), actions });
const mine = { principal: 'local', actions: RIGHTS };
const SECRET = 'jobs/secret-of-others';

let stage: Stage;
let composer: Composer;
let ids: { image: string; parent: string; task: string; shared: string };

/**
 * Everybody may read the executor, its images and the tasks of `task`. `insider` may also read the private tasks and images, `runner` may
 * execute, and `composer` may compose elements that it cannot read.
 */
beforeAll(async () => {
  stage = await openStage();
  await makeLocations(
    stage,
    {
      name: 'boxes',
      kind: 'executor',
      allow: { secrets: ['jobs/'] },
      grants: [
        mine,
        to('reader', 'read'),
        to('insider', 'read'),
        to('runner', 'read', 'execute'),
        to('executor', 'execute'),
        to('composer', 'read', 'compose'),
      ],
    },
    { name: 'private-task', kind: 'task', grants: [mine, to('insider', 'read'), to('composer', 'compose')] },
    { name: 'private-image', kind: 'image', grants: [mine, to('insider', 'read')] },
  );
  const data = base64(await tar({ 'bin/tool': 'x' }));
  const parent = await stage.make('image', { data }, 'private-image');
  const image = await stage.make('image', { parentId: parent, data });
  const secrets = [{ name: 'KEY', valueFrom: SECRET, target: 'env' }];
  const spec = { process: { args: ['/bin/tool'] }, secrets };
  const task = await stage.make('task', { spec }, 'private-task');
  const shared = await stage.make('task', { spec: { process: { args: ['/bin/tool'] } } });
  ids = { image, parent, task, shared };
  composer = await new Composer(stage.post, await stage.make('executor', {}, 'boxes')).open();
  await composer.mount(image, '/');
  await composer.join(task);
  await composer.join(shared);
  await composer.bind();
});
afterAll(() => stage.stop());

const taskIn = ({ body }: Answer, id: string) =>
  (body.composition ?? body).members.find((member: { id: string }) => member.id === id).task;
const views = (name: string): Promise<Answer[]> =>
  Promise.all(
    [`/v1/compositions/${composer.handle}`, pathOf(composer.executorId)].map((path) =>
      stage.callAs(role(name), 'GET', path),
    ),
  );
const planTo = (name: string) =>
  stage.callAs(role(name), 'GET', `/v1/compositions/${composer.handle}/plan?target=oci`);

describe('the specification of a task that the caller may not read', () => {
  it('is left out of the composition: the task appears, marked as hidden', async () => {
    for (const name of ['reader', 'composer'])
      for (const answer of await views(name)) {
        expect(taskIn(answer, ids.task)).toMatchObject({ state: 'bound', attempt: 1, specHidden: true });
        expect(taskIn(answer, ids.task)).not.toHaveProperty('spec');
        expect(taskIn(answer, ids.shared)).toMatchObject({ spec: { process: { args: ['/bin/tool'] } } });
        expect(taskIn(answer, ids.shared)).not.toHaveProperty('specHidden');
        expect(JSON.stringify(answer.body)).not.toContain(SECRET);
      }
  });

  it('is shown to callers who may read the task, or execute', async () => {
    for (const name of ['insider', 'runner'])
      for (const answer of await views(name))
        expect(taskIn(answer, ids.task)).toMatchObject({ spec: { secrets: [{ valueFrom: SECRET }] } });
    const body = { executorId: composer.executorId };
    const opened = await stage.callAs(role('executor'), 'POST', '/v1/compositions', { body });
    expect(taskIn(opened, ids.task).spec.secrets).toHaveLength(1);
  });

  it('is not shown by joining the task, nor by repeating the join with its key', async () => {
    const executorId = await stage.make('executor', {}, 'boxes');
    const call = (path: string, body: object, headers = {}) =>
      stage.callAs(role('composer'), 'POST', path, { body, headers });
    const { handle } = await bodyOf(call('/v1/compositions', { executorId }), 201);
    const headers = { 'idempotency-key': 'joining' };
    for (const _ of ['once', 'again']) {
      const joined = await call(`/v1/compositions/${handle}/join`, { id: ids.task }, headers);
      expect(joined.status).toBe(200);
      expect(taskIn(joined, ids.task)).toMatchObject({ specHidden: true });
      expect(JSON.stringify(joined.body)).not.toContain(SECRET);
    }
  });
});

describe('the specification of an image that the caller may not read', () => {
  it('is not shown by an executor with a volume of it at `/`, except to callers who may read it or execute', async () => {
    const env = [{ name: 'KEY', value: SECRET }];
    const image = await stage.make('image', { spec: { process: { env } } }, 'private-image');
    const volume = await stage.make('volume', { parentId: image });
    const other = await new Composer(stage.post, await stage.make('executor', {}, 'boxes')).open();
    await other.mount(volume, '/');
    await other.bind();
    const rootTo = async (name: string) => {
      const { body } = await stage.callAs(role(name), 'GET', `/v1/compositions/${other.handle}`);
      return body.composition.members[0];
    };
    for (const name of ['reader', 'composer']) expect(await rootTo(name)).not.toHaveProperty('image');
    for (const name of ['insider', 'runner'])
      expect(await rootTo(name)).toMatchObject({ image: { id: image, spec: { process: { env } } } });
  });
});

describe('a plan', () => {
  it('is for callers who may execute, even without read', async () => {
    for (const name of ['runner', 'executor']) {
      const plan = await bodyOf(planTo(name), 200);
      expect(plan.layers.map(({ id }: { id: string }) => id)).toEqual([ids.parent, ids.image]);
      expect(plan.executor.secrets).toMatchObject([{ valueFrom: SECRET }]);
    }
  });

  it('is for callers who may read everything in it, down to the last ancestor', async () => {
    expect((await planTo('insider')).status).toBe(200);
  });

  it('is refused to other readers, with the number of hidden elements but not their names', async () => {
    const answer = await planTo('reader');
    expectProblem(answer, 403, 'permission-denied', { action: 'execute', hidden: 2 });
    for (const secret of ['private', SECRET]) expect(JSON.stringify(answer.body)).not.toContain(secret);
  });

  it('contains nothing of a private parent, even if a target cannot run it', async () => {
    const path = `/v1/compositions/${composer.handle}/plan?target=ecs`;
    const refused = await stage.callAs(role('executor'), 'GET', path);
    expectProblem(refused, 422, 'unsupported-by-target');
    expect(refused.body.detail).toContain(ids.parent);
    expectProblem(await stage.callAs(role('reader'), 'GET', path), 403, 'permission-denied', { hidden: 2 });
  });
});
