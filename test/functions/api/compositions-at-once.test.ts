import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, reportsPath, type ShownMember, type Stage } from '../../composing.ts';
import { bodyOf, expectInvalid, expectProblem, makeLocations, pathOf, readPages } from './support.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.stop());

let made = 0;
/** The ID of an executor that does not exist. */
const fresh = (): string => `executor://executor/at-once-${made++}`;

const compose = (body: object, headers?: Record<string, string>) =>
  stage.post('/v1/compositions', body, headers);

const args = (...words: string[]) => ({ process: { args: words } });
const say = (name: string, more: object = {}) => ({ task: { name, spec: args('echo', name) }, ...more });
const at = (path: string, more: object = {}) => ({ mount: { path, ...more } });

const isThere = async (id: string): Promise<boolean> => (await stage.call('GET', pathOf(id))).status === 200;
const referrersOf = async (id: string): Promise<string[]> =>
  (await bodyOf(stage.call('GET', `${pathOf(id)}/references`), 200)).items.map(
    (one: { id: string }) => one.id,
  );
/** The members: their IDs, whether they are bound, and the state of tasks. */
const shownOf = (members: readonly ShownMember[]) =>
  members.map(({ id, bound, task }) => [id, bound, task?.state]);

describe('a composition in one call', () => {
  it('creates the executor, with its members and their settings, in one revision', async () => {
    const [executorId, [image, volume, task, log]] = [
      fresh(),
      await stage.makeAll('image', 'volume', 'task', 'log'),
    ];
    const { composition, handle } = await bodyOf(
      compose({
        executorId,
        executor: {
          spec: { resources: { memory: { limit: 64 * 2 ** 20 } } },
          metadata: { ro: { team: 'a' } },
        },
        members: [
          { id: image, ...at('/') },
          { id: volume, ...at('/data') },
          { id: log },
          { id: task },
          say('hello'),
        ],
        bind: true,
      }),
      201,
    );
    expect(composition).toMatchObject({ executorId, revision: 1 });
    expect(shownOf(composition.members)).toEqual([
      [image, true, undefined],
      [volume, true, undefined],
      [log, true, undefined],
      [task, true, 'bound'],
      [`${executorId}/tasks/hello`, true, 'bound'],
    ]);
    expect(composition.members.at(-1).task).toMatchObject({ attempt: 1, spec: args('echo', 'hello') });
    const executor = await bodyOf(stage.call('GET', pathOf(executorId)), 200);
    expect(executor).toMatchObject({
      metadata: { ro: { team: 'a' } },
      spec: { resources: { memory: { limit: 64 * 2 ** 20 } } },
    });
    for (const id of [image, volume, task, log] as string[])
      expect(await referrersOf(id)).toEqual([executorId]);
    const other = await stage.compose();
    await other.mount(volume as string, '/');
    expectProblem(await other.attempt('bind'), 409, 'volume-attached', { executorId });
    // The handle works like any other.
    expect((await stage.post(`/v1/compositions/${handle}/unbind`)).status).toBe(200);
  });

  it.each([
    ['an image, a volume and tasks', 3],
    ['thirty volumes alone, bound for writing', 30],
    ['thirty volumes that stay, bound for writing', 30],
  ])('succeeds with %s', async (what, count) => {
    const executorId = fresh();
    const kinds = what.startsWith('thirty')
      ? Array<string>(count).fill('volume')
      : ['image', 'volume', 'task'];
    const ids = await Promise.all(kinds.map((kind) => stage.make(kind)));
    const alone = what.includes('alone') ? { persistent: false } : {};
    const members = ids.map((id, n) =>
      id.startsWith('task') ? { id } : { id, ...at(`/${n}`, id.startsWith('volume') ? alone : {}) },
    );
    const [first] = members;
    const rooted = members.map((one) =>
      one === first ? { ...one, mount: { ...('mount' in one ? one.mount : {}), path: '/' } } : one,
    );
    const { composition } = await bodyOf(
      compose(
        { executorId, executor: {}, members: rooted, bind: true },
        { 'idempotency-key': executorId.slice(-9) },
      ),
      201,
    );
    expect(composition.members.map(({ id, bound }: ShownMember) => [id, bound])).toEqual(
      ids.map((id) => [id, true]),
    );
  });

  it('happens once if the request is repeated with its key', async () => {
    const [executorId, image] = [fresh(), await stage.make('image')];
    const body = { executorId, executor: {}, members: [{ id: image, ...at('/') }, say('hello')], bind: true };
    const key = { 'idempotency-key': `at-once-${executorId.slice(-6)}` };
    const answers = await Promise.all(Array.from({ length: 4 }, () => compose(body, key)));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    const again = await compose(body, key);
    expect([again.headers.get('idempotency-replayed'), again.body]).toEqual(['true', answers[0]?.body]);
    expectProblem(await compose({ ...body, bind: false }, key), 422, 'idempotency-mismatch');
  });

  it('resolves tags once', async () => {
    const [executorId, image] = [fresh(), await stage.make('image')];
    for (const tag of ['app/1.2', 'app/latest', 'tool/3'])
      await bodyOf(
        stage.call('PUT', `/v1/tags/image/${tag}`, {
          body: { id: tag.startsWith('app') ? image : await stage.make('image') },
        }),
        201,
      );
    const { composition } = await bodyOf(
      compose({
        executorId,
        executor: {},
        members: [
          { id: 'image://image/app:1.2', ...at('/') },
          { id: 'image://image/tool:3', ...at('/tool') },
          say('hello', { storageId: 'image://image/tool:3' }),
        ],
      }),
      201,
    );
    const [, tool, task] = composition.members;
    expect(composition.members[0].id).toBe(image);
    expect(task.task).toMatchObject({ storageId: tool.id });
    const twice = {
      executorId: fresh(),
      executor: {},
      members: [
        { id: 'image://image/app', ...at('/') },
        { id: 'image://image/app:1.2', ...at('/app') },
      ],
    };
    expectProblem(await compose(twice), 409, 'already-joined', { id: image });
    expectProblem(
      await compose({ ...twice, members: [{ id: 'image://image/app:1.3', ...at('/') }] }),
      404,
      'not-found',
      { id: 'image://image/app:1.3' },
    );
  });

  it('joins the tasks that are associated with storage', async () => {
    const [executorId, [volume, task, image]] = [fresh(), await stage.makeAll('volume', 'task', 'image')];
    const association = `${pathOf(volume as string)}${pathOf(task as string).replace('/v1/elements/task/', '/tasks/')}`;
    await bodyOf(stage.call('PUT', association), 200);
    const members = [
      { id: volume, ...at('/data', { persistent: false }) },
      { id: image, ...at('/') },
    ];
    const { composition } = await bodyOf(compose({ executorId, executor: {}, members, bind: true }), 201);
    expect(composition.members.map(({ id }: ShownMember) => id)).toEqual([volume, task, image]);
    expectProblem(
      await compose({
        executorId: fresh(),
        executor: {},
        members: [{ id: task }, { id: volume, ...at('/') }],
      }),
      409,
      'volume-attached',
    );
  });

  it('extends an existing composition by its handle', async () => {
    const composer = await stage.busy();
    const { executorId } = composer;
    const body = { executorId, members: [say('more')], bind: true };
    expectProblem(await compose(body), 409, 'stale-handle');
    const stale = composer.handle;
    const { composition, handle } = await bodyOf(compose({ ...body, handle: stale }), 201);
    const more = composition.members.at(-1);
    expect([more.id, more.task.ephemeral, more.task.state]).toEqual([
      `${executorId}/tasks/more`,
      true,
      'bound',
    ]);
    expect(composition.revision).toBe(composer.composition.revision + 1);
    expectProblem(await compose({ ...body, members: [say('again')], handle: stale }), 409, 'stale-handle');
    expectProblem(await compose({ ...body, handle }), 409, 'already-joined', { id: more.id });
    const same = await bodyOf(compose({ executorId, handle, bind: true }), 201);
    expect(same).toEqual({ handle, composition });
    const storage = {
      executorId,
      handle,
      members: [say('other'), { id: await stage.make('volume'), ...at('/data') }],
    };
    expectProblem(await compose(storage), 409, 'invalid-state', { state: 'bound' });
  });

  it('needs an existing executor, or the specification of a new one', async () => {
    const executorId = fresh();
    expectProblem(await compose({ executorId, members: [say('hello')] }), 404, 'not-found', {
      id: executorId,
    });
    const spec = { hostname: 'one' };
    await bodyOf(
      stage.post('/v1/elements', {
        id: executorId,
        spec,
        metadata: { ro: { team: 'a' }, rw: { note: 'b' } },
      }),
      201,
    );
    const other = { executorId, executor: { spec: { hostname: 'two' } } };
    expectProblem(await compose(other), 409, 'name-collision', { id: executorId });
    expectProblem(
      await compose({ executorId, executor: { metadata: { ro: { team: 'b' } } } }),
      409,
      'name-collision',
    );
    const same = { spec, metadata: { ro: { team: 'a' }, rw: { note: 'c' } } };
    const { composition } = await bodyOf(
      compose({ executorId, executor: same, members: [say('hello')] }),
      201,
    );
    expect(composition.members).toHaveLength(1);
  });
});

describe('an inline task', () => {
  let composer: { executorId: string; handle: string };
  const taskOf = (name: string) => `${composer.executorId}/tasks/${name}`;
  const operate = async (verb: string, body: object, status = 200) => {
    const answered = await bodyOf(stage.post(`/v1/compositions/${composer.handle}/${verb}`, body), status);
    composer.handle = answered.handle;
    return answered.composition;
  };
  const report = (name: string, body: object) =>
    stage.post(reportsPath(composer.executorId, `task://executor/${name}`), {
      at: '2026-01-01T00:00:00Z',
      attempt: 1,
      ...body,
    });

  beforeAll(async () => {
    const [executorId, image] = [fresh(), await stage.make('image')];
    const members = [{ id: image, ...at('/') }, say('hello')];
    const { handle } = await bodyOf(compose({ executorId, executor: {}, members, bind: true }), 201);
    composer = { executorId, handle };
  });

  it('is planned, reported on and read like any task', async () => {
    const plan = await bodyOf(
      stage.call('GET', `/v1/compositions/${composer.handle}/plan?target=docker`),
      200,
    );
    expect(JSON.stringify(plan)).toContain(taskOf('hello'));
    await bodyOf(report('hello', { state: 'running' }), 201);
    await operate('interrupt', { id: taskOf('hello'), signal: 'HUP' });
    await bodyOf(report('hello', { state: 'exited', exitCode: 3 }), 201);
    const { items } = await bodyOf(
      stage.call('GET', reportsPath(composer.executorId, 'task://executor/hello')),
      200,
    );
    expect(
      items.map(({ state, exitCode }: { state: string; exitCode?: number }) => [state, exitCode]),
    ).toEqual([
      ['running', undefined],
      ['exited', 3],
    ]);
    expectProblem(await report('other', { state: 'running' }), 409, 'not-joined', { id: taskOf('other') });
  });

  it('is listed by the references to its executor, page by page', async () => {
    const members = [say('a'), say('b'), say('c')];
    const { executorId } = (await bodyOf(compose({ executorId: fresh(), executor: {}, members }), 201))
      .composition;
    const pages = await readPages(stage.call, `${pathOf(executorId)}/references`, 1);
    expect(pages.flat().map(({ id }) => id)).toEqual(
      ['a', 'b', 'c'].map((name) => `${executorId}/tasks/${name}`),
    );
  });

  it('joins, is unbound and leaves; its name is free again', async () => {
    await operate('unbind', {});
    const joined = await operate('join', say('more', { storageId: undefined }));
    expect(joined.members.at(-1)).toMatchObject({ id: taskOf('more'), kind: 'task', bound: false });
    expectProblem(
      await stage.post(`/v1/compositions/${composer.handle}/join`, say('more')),
      409,
      'already-joined',
    );
    await operate('leave', { id: taskOf('more') });
    const again = await operate('join', say('more'));
    expect(again.members.at(-1).id).toBe(taskOf('more'));
    expectProblem(await stage.call('DELETE', pathOf(composer.executorId)), 409, 'in-use');
  });

  it('is no element', async () => {
    const id = taskOf('hello');
    for (const body of [{ id }, { id: 'task://task/child', parentId: id }])
      expectProblem(await stage.post('/v1/elements', body), 400, 'invalid-request');
    expectProblem(
      await stage.post(`/v1/compositions/${composer.handle}/join`, { id }),
      400,
      'invalid-request',
    );
    expect(await isThere(`task://executor/hello`)).toBe(false);
  });

  it('has its paths below the mount of its storage, which must be a member', async () => {
    const [executorId, [image, volume]] = [fresh(), await stage.makeAll('image', 'volume')];
    const task = { task: { name: 'tool', spec: args('/bin/tool', '/x') }, storageId: volume };
    const members = [task, { id: image, ...at('/') }, { id: volume, ...at('/opt') }];
    const { composition, handle } = await bodyOf(compose({ executorId, executor: {}, members }), 201);
    expect(composition.members[0].task).toMatchObject({
      storageId: volume,
      spec: args('/opt/bin/tool', '/x'),
    });
    expectProblem(await compose({ executorId: fresh(), executor: {}, members: [task] }), 409, 'not-joined', {
      id: volume,
    });
    await bodyOf(stage.post(`/v1/compositions/${handle}/leave`, { id: volume }), 200);
    expect((await bodyOf(compose({ executorId }), 201)).composition.members).toHaveLength(1);
  });
});

describe('a refused composition', () => {
  const nothingIsLeft = async (executorId: string, ...ids: string[]): Promise<void> => {
    expect(await isThere(executorId)).toBe(false);
    for (const id of ids) {
      expect(await referrersOf(id)).toEqual([]);
      expect((await stage.call('DELETE', pathOf(id))).status).toBe(204);
    }
  };

  it.each<[string, (ids: { image: string; volume: string; task: string }) => object, number, string]>([
    ['one member that is not there', () => ({ members: [{ id: 'log://log/none' }] }), 404, 'not-found'],
    ['a bind without a root', () => ({ bind: true }), 409, 'no-root-filesystem'],
    [
      'two mounts at one path',
      ({ image }) => ({ members: [{ id: image, ...at('/data') }] }),
      409,
      'mount-conflict',
    ],
    [
      'a specification that is none',
      () => ({ members: [{ task: { name: 'a', spec: { nonsense: 1 } } }] }),
      400,
      'invalid-request',
    ],
    ['an executor that may not be', () => ({ executor: { spec: { nonsense: 1 } } }), 400, 'invalid-request'],
  ])('leaves nothing: %s', async (_, more, status, code) => {
    const [executorId, [image, volume, task]] = [fresh(), await stage.makeAll('image', 'volume', 'task')];
    const ids = { image, volume, task } as { image: string; volume: string; task: string };
    const { members = [], ...rest } = more(ids) as { members?: object[] };
    const body = {
      executorId,
      executor: {},
      members: [
        { id: task },
        { id: volume, ...at('/data', { persistent: false }) },
        say('hello'),
        ...members,
      ],
      ...rest,
    };
    expectProblem(await compose(body), status, code as never);
    await nothingIsLeft(executorId, image as string, volume as string, task as string);
  });

  it('changes nothing, if others refer to a volume that must be exclusive', async () => {
    const [executorId, [image, volume]] = [fresh(), await stage.makeAll('image', 'volume')];
    const child = await stage.make('volume', { parentId: volume });
    const members = [
      { id: image, ...at('/') },
      { id: volume, ...at('/data', { persistent: false }) },
    ];
    const answer = await compose({ executorId, executor: {}, members });
    expectProblem(answer, 409, 'in-use', { references: [{ id: child, kind: 'child' }] });
    await nothingIsLeft(executorId, image as string, child);
  });
});

describe('an existing composition after a refusal', () => {
  it.each<
    [string, (volume: string, before: string) => { members?: object[]; [more: string]: unknown }, string]
  >([
    [
      'a volume that another writes to',
      (volume) => ({ members: [{ id: volume, ...at('/data') }] }),
      'volume-attached',
    ],
    ['a second root', (volume) => ({ members: [{ id: volume, ...at('/') }] }), 'mount-conflict'],
    ['a handle of before', (_, before) => ({ handle: before }), 'stale-handle'],
    ['no handle', () => ({ handle: undefined }), 'stale-handle'],
    ['a task that is joined', () => ({ members: [say('there')] }), 'already-joined'],
    [
      'an executor of another specification',
      () => ({ executor: { spec: { hostname: 'other' } } }),
      'name-collision',
    ],
  ])('is unchanged, though the other members could join: %s', async (_, more, code) => {
    const [volume, root, log, spare] = await stage.makeAll('volume', 'image', 'log', 'volume');
    const other = { executorId: fresh(), executor: {}, bind: true };
    const members = [
      { id: root, ...at('/') },
      { id: volume, ...at('/data') },
    ];
    await bodyOf(compose({ ...other, members }), 201);
    const executorId = fresh();
    const before = await bodyOf(
      compose({ executorId, executor: {}, members: [{ id: root, ...at('/') }] }),
      201,
    );
    const present = await bodyOf(
      compose({ executorId, handle: before.handle, members: [say('there')] }),
      201,
    );
    const { members: last = [], ...rest } = more(volume, before.handle);
    const could = [{ id: log }, say('new'), { id: spare, ...at('/spare', { persistent: false }) }];
    const asked = { executorId, bind: true, members: [...could, ...last], handle: present.handle, ...rest };
    expectProblem(await compose(asked), 409, code as never);
    expect(await bodyOf(stage.call('GET', `/v1/compositions/${present.handle}`), 200)).toEqual(present);
    for (const id of [log, spare]) expect((await stage.call('DELETE', pathOf(id))).status).toBe(204);
  });
});

describe('an impossible request', () => {
  const ofMembers = (members: unknown) => ({
    executorId: 'executor://executor/never',
    executor: {},
    members,
  });
  const image = 'image://image/some';

  it.each<[string, object, ...string[]]>([
    ['thirty-one members', ofMembers(Array.from({ length: 31 }, (_, n) => say(`t${n}`))), 'members'],
    ['no list', ofMembers({}), 'members'],
    [
      'the same twice',
      ofMembers([
        { id: image, ...at('/') },
        { id: image, ...at('/b') },
      ]),
      'members[1].id',
    ],
    ['two tasks of one name', ofMembers([say('a'), say('b'), say('a')]), 'members[2].task.name'],
    ['an image without a mount', ofMembers([{ id: image }]), 'members[0].mount'],
    ['a mount that climbs', ofMembers([say('a'), { id: image, ...at('/../x') }]), 'members[1].mount.path'],
    ['what is no member', ofMembers([7]), 'members[0]'],
    ['neither an element nor a task', ofMembers([{}]), 'members[0].id'],
    ['both', ofMembers([{ id: image, task: { name: 'a' } }]), 'members[0].id'],
    ['a task with a mount', ofMembers([{ ...say('a'), ...at('/') }]), 'members[0].mount'],
    ['a name with a slash', ofMembers([{ task: { name: 'a/b' } }]), 'members[0].task.name'],
    ['a name that climbs', ofMembers([{ task: { name: '..' } }]), 'members[0].task.name'],
    [
      'a task that comes with a log',
      ofMembers([say('a', { storageId: 'log://log/a' })]),
      'members[0].storageId',
    ],
    [
      'a specification of no task',
      ofMembers([{ task: { name: 'a', spec: { process: { args: 'x' } } } }]),
      'members[0].task.spec.process.args',
    ],
    [
      'an executor of no kind',
      { ...ofMembers([]), executor: { spec: { hostname: 7 } } },
      'executor.spec.hostname',
    ],
    ['an executor with data', { ...ofMembers([]), executor: { data: {} } }, 'executor.data'],
    ['no executor', { members: [] }, 'executorId'],
    ['another kind', { executorId: image, members: [] }, 'executorId'],
    ['an inline task', { executorId: 'executor://executor/a/tasks/b', members: [] }, 'executorId'],
    ['a field that nobody knows', { executorId: 'executor://executor/a', member: [] }, 'member'],
  ])('is refused with its places: %s', async (_, body, ...paths) => {
    expectInvalid(await compose(body), ...paths);
  });

  it('is refused with a handle that is invalid, stale, or of another executor', async () => {
    const [one, other] = [await stage.compose(), await stage.compose()];
    const { executorId } = one;
    expectProblem(await compose({ executorId, members: [], handle: 'nonsense' }), 400, 'invalid-handle');
    expectInvalid(await compose({ executorId, members: [], handle: other.handle }), 'handle');
    const gone = await stage.compose();
    await stage.call('DELETE', pathOf(gone.executorId));
    const body = { executorId: gone.executorId, executor: {}, members: [say('a')], handle: gone.handle };
    expectProblem(await compose(body), 409, 'stale-handle');
  });

  it('is never answered with a 500, whatever its body', async () => {
    const member = fc.oneof(
      fc.record(
        {
          id: fc.oneof(fc.constant(image), fc.constant('task://task/none'), fc.string()),
          mount: fc.oneof(fc.anything(), fc.constant({ path: '/' })),
        },
        { requiredKeys: [] },
      ),
      fc.record(
        {
          task: fc.oneof(
            fc.anything(),
            fc.record(
              { name: fc.oneof(fc.string(), fc.constant('a')), spec: fc.object() },
              { requiredKeys: [] },
            ),
          ),
          storageId: fc.oneof(fc.string(), fc.constant(image)),
        },
        { requiredKeys: ['task'] },
      ),
    );
    const body = fc.record(
      {
        executorId: fc.oneof(fc.constant('executor://executor/fuzzed'), fc.string()),
        executor: fc.oneof(fc.object(), fc.constant({})),
        members: fc.oneof(fc.array(member, { maxLength: 33 }), fc.anything()),
        bind: fc.oneof(fc.boolean(), fc.anything()),
        handle: fc.oneof(fc.string(), fc.constant(undefined)),
        more: fc.string(),
      },
      { requiredKeys: ['members'] },
    );
    await fc.assert(
      fc.asyncProperty(body, async (asked) => {
        const { status } = await compose(JSON.parse(JSON.stringify(asked)));
        expect([201, 400, 404, 409]).toContain(status);
      }),
      { numRuns: 60 },
    );
  });
});

describe('the permission to compose in one call', () => {
  const role = (name: string): string => `arn:aws:iam::123456789012:role/${name}`;

  it('includes the creation of an executor only with a grant to create', async () => {
    const grants = [
      { principal: 'local', actions: ['admin', 'create', 'read'] },
      { principal: role('composer'), actions: ['compose'] },
      { principal: role('maker'), actions: ['compose', 'create', 'read'] },
    ];
    await makeLocations(stage, { name: 'kept', kind: 'executor', grants });
    const executorId = 'executor://kept/one';
    const body = { executorId, executor: {}, members: [say('hello')] };
    const as = (name: string) => stage.callAs(role(name), 'POST', '/v1/compositions', { body });
    expectProblem(await as('composer'), 403, 'permission-denied', { action: 'create' });
    expectProblem(await stage.call('GET', pathOf(executorId)), 404, 'not-found');
    const { composition } = await bodyOf(as('maker'), 201);
    expect(composition.members[0].task.spec).toEqual(args('echo', 'hello'));
    // A caller who composes but may not read does not see the state of tasks.
    const opened = await bodyOf(
      stage.callAs(role('composer'), 'POST', '/v1/compositions', { body: { executorId } }),
      201,
    );
    expect(opened.composition.members[0].task).toMatchObject({ specHidden: true });
  });
});
