/** A refusal because of references names them as the list of references does, for each caller, with a remedy. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { associationPath, Composer, openStage, type Stage } from '../../composing.ts';
import type { Answer } from '../../taskport.ts';
import { bodyOf, expectProblem, makeLocations, pathOf } from './support.ts';

const STRANGER = 'arn:aws:iam::123456789012:role/stranger';
const mine = [
  { principal: 'local', actions: ['create', 'read', 'write', 'delete', 'compose', 'execute', 'admin'] },
];
const SECRET = ['executor', 'volume'] as const;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  await makeLocations(stage, ...SECRET.map((kind) => ({ name: `secret-${kind}`, kind, grants: mine })));
});
afterAll(() => stage.stop());

type CallAs = (method: string, path: string, call?: { readonly body: object }) => Promise<Answer>;
const callers: readonly (readonly [name: string, call: () => CallAs])[] = [
  ['who may read them all', () => stage.call],
  [
    'who may read some',
    () =>
      (...call) =>
        stage.callAs(STRANGER, ...call),
  ],
];

const CHECKSUM = `sha256:${'0'.repeat(64)}`;
/** A volume with a child and an executor that everybody may read, and another of each that only `local` may read. */
const referred = async (): Promise<string> => {
  const volume = await stage.make('volume');
  for (const secret of ['', 'secret-']) {
    await stage.make('volume', { parentId: volume }, `${secret}volume`);
    const executor = await stage.make('executor', {}, `${secret}executor`);
    await (await new Composer(stage.post, executor).open()).mount(volume, '/data');
  }
  return volume;
};
const expectAsListed = async (answer: Answer, call: CallAs, id: string, ...says: string[]): Promise<void> => {
  const { items, hidden = 0 } = await bodyOf(call('GET', `${pathOf(id)}/references`), 200);
  expectProblem(answer, 409, 'in-use', { references: items, hidden });
  expect(items.length + hidden).toBeGreaterThan(0);
  for (const each of says) expect(answer.body.detail).toContain(each);
};

describe.each(callers)('to %s', (name, as) => {
  const isAll = name === 'who may read them all';
  const says = ['delete its children', 'let it leave executor://', ...(isAll ? [] : ['may not see'])];

  it('a delete names the same references as the list', async () => {
    const id = await referred();
    await expectAsListed(await as()('DELETE', pathOf(id)), as(), id, ...says);
  });

  it('a replacement of data names the same references as the list', async () => {
    const id = await referred();
    const body = { size: 600, checksum: CHECKSUM };
    await expectAsListed(await as()('POST', `${pathOf(id)}/data/upload`, { body }), as(), id, ...says);
  });

  it('a join of an exclusive volume names the same references as the list', async () => {
    const id = await referred();
    const post = (path: string, body?: object) => as()('POST', path, body ? { body } : undefined);
    const composer = await new Composer(post, await stage.make('executor')).open();
    const answer = await composer.attempt('join', { id, mount: { path: '/alone', persistent: false } });
    await expectAsListed(answer, as(), id, ...says);
  });

  it('a delete of a task that is associated with storage names the same references as the list', async () => {
    const [volume, secret, task] = [
      await stage.make('volume'),
      await stage.make('volume', {}, 'secret-volume'),
      await stage.make('task'),
    ];
    for (const id of [volume, secret]) await bodyOf(stage.call('PUT', associationPath(id, task)), 200);
    await expectAsListed(await as()('DELETE', pathOf(task)), as(), task, 'dissociate it from its storage');
  });

  it('a delete of an executor with members and children names the same references as the list', async () => {
    const composer = await stage.compose();
    for (const secret of ['', 'secret-']) {
      await composer.mount(await stage.make('volume', {}, `${secret}volume`), `/${secret}data`);
    }
    await stage.make('executor', { parentId: composer.executorId });
    const refused = await as()('DELETE', pathOf(composer.executorId));
    await expectAsListed(refused, as(), composer.executorId, 'let its members leave', 'delete its children');
  });
});

it('the references of an executor come in pages, members and children in one order', async () => {
  const composer = await stage.compose();
  await composer.mount(await stage.make('image'), '/');
  await composer.mount(await stage.make('volume'), '/data');
  const child = await stage.make('executor', { parentId: composer.executorId });
  const seen: { id: string; kind: string }[] = [];
  let cursor = '';
  do {
    const path = `${pathOf(composer.executorId)}/references?limit=1${cursor && `&cursor=${cursor}`}`;
    const page = await bodyOf(stage.call('GET', path), 200);
    seen.push(...page.items);
    cursor = page.cursor ?? '';
  } while (cursor !== '');
  expect(seen.map(({ kind }) => kind)).toEqual(['child', 'member', 'member']);
  expect(seen.map(({ id }) => id)).toEqual([child, ...composer.ids()].sort());
});

it('a location is in use by its elements', async () => {
  const admin = [...mine, { principal: STRANGER, actions: ['admin'] }];
  await makeLocations(stage, { name: 'kept', kind: 'task', grants: admin });
  const id = await stage.make('task', {}, 'kept');
  const refused = await stage.call('DELETE', '/v1/locations/kept');
  expectProblem(refused, 409, 'in-use', { references: [{ id, kind: 'element' }], hidden: 0 });
  expect(refused.body.detail).toContain('delete them first');
  const unseen = await stage.callAs(STRANGER, 'DELETE', '/v1/locations/kept');
  expectProblem(unseen, 409, 'in-use', { references: [], hidden: 1 });
});

it('an unbind names the tasks that depend on the member, and how to unbind both', async () => {
  const composer = await stage.busy();
  const refused = await composer.attempt('unbind', { id: composer.rootId });
  expectProblem(refused, 409, 'in-use', { references: [{ id: composer.taskId, kind: 'task' }], hidden: 0 });
  expect(refused.body.detail).toContain('unbind those tasks first');
});
