/** If an element that the caller may not read blocks a request, the caller learns that it exists, but not its name. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { associationPath, Composer, openStage, type Stage } from '../../composing.ts';
import type { Answer } from '../../taskport.ts';
import { bodyOf, expectProblem, makeLocations, pathOf } from './support.ts';

const STRANGER = 'arn:aws:iam::123456789012:role/stranger';
const mine = [
  { principal: 'local', actions: ['create', 'read', 'write', 'delete', 'compose', 'execute', 'admin'] },
];

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  await makeLocations(
    stage,
    ...(['executor', 'task'] as const).map((kind) => ({ name: `secret-${kind}`, kind, grants: mine })),
  );
});
afterAll(() => stage.stop());

const asStranger = (path: string, body?: object): Promise<Answer> =>
  stage.callAs(STRANGER, 'POST', path, body ? { body } : {});
/** Compositions of an executor that only `local` may read, and of one that everybody may read. */
const twoComposers = async () => {
  const secret = await stage.make('executor', {}, 'secret-executor');
  const shared = await stage.make('executor');
  return {
    secret: await new Composer(stage.post, secret).open(),
    local: () => new Composer(stage.post, shared).open(),
    stranger: () => new Composer(asStranger, shared).open(),
  };
};
const expectHidden = (answer: Answer, secret: Composer): void => {
  expectProblem(answer, 409, 'volume-attached', { hidden: 1 });
  expect(JSON.stringify(answer.body)).not.toContain(secret.executorId);
  expect(JSON.stringify(answer.body)).not.toContain('secret');
};

it('a volume that another executor writes to does not name that executor', async () => {
  const { secret, local, stranger } = await twoComposers();
  const volume = await stage.make('volume');
  await secret.mount(volume, '/v', { readOnly: false });
  await secret.bind();
  const theirs = await stranger();
  await theirs.mount(volume, '/v', { readOnly: false });
  expectHidden(await theirs.attempt('bind'), secret);
  const known = await (await local()).attempt('bind');
  expectProblem(known, 409, 'volume-attached', { executorId: secret.executorId });
});

it('a volume that is exclusive to another executor does not name it to callers who join it or make it a parent', async () => {
  const { secret, local, stranger } = await twoComposers();
  const volume = await stage.make('volume');
  await secret.mount(volume, '/v', { persistent: false });
  const joining = { id: volume, mount: { path: '/v' } };
  expectHidden(await (await stranger()).attempt('join', joining), secret);
  const known = await (await local()).attempt('join', joining);
  expectProblem(known, 409, 'volume-attached', { executorId: secret.executorId });
  const child = await asStranger('/v1/elements', { id: 'volume://volume/child', parentId: volume });
  expectProblem(child, 422, 'invalid-parent');
  expect(JSON.stringify(child.body)).not.toContain('secret');
});

it('storage shows only those of its tasks that the caller may read, in every answer', async () => {
  const image = await stage.make('image');
  const [secret, shared] = [await stage.make('task', {}, 'secret-task'), await stage.make('task')];
  for (const id of [secret, shared]) await bodyOf(stage.call('PUT', associationPath(image, id)), 200);
  const answers = async (call: (method: string, path: string, more?: object) => Promise<Answer>) => [
    await bodyOf(call('GET', pathOf(image)), 200),
    await bodyOf(call('GET', `${pathOf(image)}?fields=tasks`), 200),
    await bodyOf(call('PATCH', pathOf(image), { body: { metadata: { rw: { a: 'b' } } } }), 200),
    await bodyOf(call('PUT', associationPath(image, shared)), 200),
  ];
  for (const { tasks } of await answers((...call) => stage.callAs(STRANGER, ...call))) {
    expect(tasks).toEqual([{ id: shared }]);
  }
  for (const { tasks } of await answers(stage.call)) expect(tasks).toEqual([{ id: secret }, { id: shared }]);
});
