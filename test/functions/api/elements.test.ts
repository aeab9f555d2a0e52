import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTaskport, type Taskport } from '../../taskport.ts';
import { bodyOf, expectInvalid, expectProblem, makeLocations, pathOf, tagAt } from './support.ts';

let taskport: Taskport;
beforeAll(async () => {
  taskport = await startTaskport();
  await makeLocations(taskport, 'task', 'image', 'volume', 'executor', 'log');
});
afterAll(() => taskport.stop());

const create = (id: string, rest: object = {}) =>
  taskport.call('POST', '/v1/elements', { body: { id, ...rest } });
const read = (id: string, query = '') => bodyOf(taskport.call('GET', `${pathOf(id)}${query}`), 200);
const patch = (id: string, body: object, headers = {}) =>
  taskport.call('PATCH', pathOf(id), { body, headers });
const remove = (id: string, headers = {}) => taskport.call('DELETE', pathOf(id), { headers });

const specs: Record<string, object> = {
  task: { process: { args: ['/bin/true'], env: [{ name: 'A', value: 'b' }] }, stop: { signal: 'TERM' } },
  image: {},
  volume: {},
  executor: { hostname: 'runner-1', resources: { pids: 100 } },
  log: { cloudwatch: { group: '/taskport/logs', region: 'eu-west-1' } },
};

describe.each(['task', 'image', 'volume', 'executor', 'log'])('an element of kind %s', (kind) => {
  const name = 'Some_name:1.0@x+y-z';
  const id = `${kind}://${kind}/${name}`;
  const spec = specs[kind];
  const metadata = { ro: { os: 'linux', arch: 'amd64' }, rw: { stage: 'test', owner: 'me' } };

  it('is created, read, changed and deleted', async () => {
    const created = await create(id, { metadata, spec });
    expect(created.status).toBe(201);
    expect(created.headers.get('location')).toBe(`/v1/elements/${kind}/${kind}/${encodeURIComponent(name)}`);
    expect(created.headers.get('etag')).toMatch(tagAt(1));
    expect(created.body).toMatchObject({
      id,
      kind,
      location: kind,
      name,
      state: 'ready',
      revision: 1,
      metadata,
      spec,
    });
    expect(created.body).toMatchObject({
      createdBy: 'local',
      modifiedBy: 'local',
      modifiedAt: created.body.createdAt,
    });
    expect(await read(id)).toEqual(created.body);

    const changes = { metadata: { rw: { stage: 'live', owner: null, ticket: '42' } } };
    const changed = await patch(id, changes);
    expect(changed.status).toBe(200);
    expect(changed.headers.get('etag')).toMatch(tagAt(2));
    const expected = {
      ...created.body,
      revision: 2,
      modifiedAt: changed.body.modifiedAt,
      metadata: { ro: metadata.ro, rw: { stage: 'live', ticket: '42' } },
    };
    expect(changed.body).toEqual(expected);
    expect(await read(id)).toEqual(expected);

    expect((await remove(id)).status).toBe(204);
    expectProblem(await taskport.call('GET', pathOf(id)), 404, 'not-found', { id });
  });

  it('frees its name when it is deleted', async () => {
    await bodyOf(create(id, { metadata }), 201);
    await bodyOf(patch(id, { metadata: { rw: { a: 'b' } } }), 200);
    await bodyOf(remove(id), 204);
    expect(await bodyOf(create(id), 201)).toMatchObject({ revision: 1, metadata: { ro: {}, rw: {} } });
    await bodyOf(remove(id), 204);
  });
});

describe('reading a part of an element', () => {
  const id = 'task://task/parts';
  beforeAll(() =>
    create(id, {
      metadata: { ro: { os: 'linux', 'a.b/c': 'd' }, rw: { stage: 'test' } },
      spec: { root: { readOnly: true } },
    }),
  );

  it.each([
    ['ro', { metadata: { ro: { os: 'linux', 'a.b/c': 'd' } } }],
    ['rw', { metadata: { rw: { stage: 'test' } } }],
    ['ro.a.b/c', { metadata: { ro: { 'a.b/c': 'd' } } }],
    ['ro.os,rw.stage', { metadata: { ro: { os: 'linux' }, rw: { stage: 'test' } } }],
    ['ro.absent,ro.toString', {}],
    ['spec', { spec: { root: { readOnly: true } } }],
    [
      'spec,ro,ro.os',
      { spec: { root: { readOnly: true } }, metadata: { ro: { os: 'linux', 'a.b/c': 'd' } } },
    ],
  ])('answers the ID and the requested fields: %s', async (fields, expected) => {
    expect(await read(id, `?fields=${fields}`)).toEqual({ id, ...expected });
  });

  it('answers the attributes alone', async () => {
    const { metadata: _, spec: __, ...attributes } = await read(id);
    expect(await read(id, '?fields=attributes')).toEqual(attributes);
  });

  it.each(['', 'os', 'rw.', 'ro.-x', 'ro,', '__proto__'])('says that `%s` is no field', async (fields) => {
    expectProblem(await taskport.call('GET', `${pathOf(id)}?fields=${fields}`), 400, 'invalid-filterspec');
  });

  it('refuses unknown parameters, and repeated ones', async () => {
    expectInvalid(await taskport.call('GET', `${pathOf(id)}?field=ro`), '?field');
    expectInvalid(await taskport.call('GET', `${pathOf(id)}?__proto__=ro`), '?__proto__');
    expectInvalid(await taskport.call('GET', `${pathOf(id)}?fields=ro&fields=rw`), '?fields');
  });
});

describe('reading an unchanged element', () => {
  it('answers 304 without a body', async () => {
    const id = 'task://task/unchanged';
    const tag = (await create(id)).headers.get('etag') as string;
    for (const known of [tag, `W/${tag}`, `"9", ${tag}`, '*']) {
      const answer = await taskport.call('GET', pathOf(id), { headers: { 'if-none-match': known } });
      expect([answer.status, answer.headers.get('etag'), answer.body]).toEqual([304, tag, undefined]);
    }
    await patch(id, { metadata: { rw: { a: 'b' } } });
    const answer = await taskport.call('GET', pathOf(id), { headers: { 'if-none-match': tag } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('etag')).toMatch(tagAt(2));
  });
});

describe('revisions', () => {
  it('increase by one with every change of any part, and with nothing else', async () => {
    const id = 'volume://volume/counted';
    await create(id, { metadata: { ro: { a: 'b' } } });
    const steps: [body: object, revision: number][] = [
      [{ metadata: { rw: { x: '1' } } }, 2],
      [{ metadata: { rw: { x: '1' } } }, 3],
      [{ freeSpace: 7 }, 4],
      [{ freeSpace: null, metadata: { rw: { x: null } } }, 5],
      [{ metadata: { rw: { x: null } } }, 6],
      [{}, 6],
      [{ metadata: { rw: {} } }, 6],
    ];
    for (const [body, revision] of steps) {
      const answer = await patch(id, body);
      expect(answer.body.revision).toBe(revision);
      expect(answer.headers.get('etag')).toMatch(tagAt(revision));
    }
    for (const body of [
      { metadata: { rw: { a: 'c' } } },
      { freeSpace: -1 },
      { spec: { x: 1 } },
      { size: 1 },
    ]) {
      expect((await patch(id, body)).status).toBeGreaterThanOrEqual(400);
    }
    expect(await read(id)).toMatchObject({ revision: 6, metadata: { ro: { a: 'b' }, rw: {} } });
  });

  it('count every one of many concurrent changes', async () => {
    const id = 'task://task/crowded';
    await create(id);
    const keys = Array.from({ length: 20 }, (_, at) => `k${at}`);
    const answers = await Promise.all(
      keys.map((key, at) =>
        patch(id, at % 2 ? { metadata: { rw: { [key]: key } } } : { spec: { annotations: { [key]: key } } }),
      ),
    );
    const accepted = answers.filter(({ status }) => status === 200);
    expect(new Set(accepted.map(({ body }) => body.revision)).size).toBe(accepted.length);
    const { revision, metadata, spec } = await read(id);
    expect(revision).toBe(1 + accepted.length);
    expect(Object.keys({ ...metadata.rw, ...spec.annotations })).toHaveLength(accepted.length);
  });
});

describe('If-Match', () => {
  const id = 'task://task/matched';
  beforeAll(() => create(id));
  const tagNow = async () => (await taskport.call('HEAD', pathOf(id))).headers.get('etag') as string;
  const another = (tag: string) => tag.replace(/\d+"$/, '99"');

  it.each([
    ['metadata', { metadata: { rw: { a: 'b' } } }],
    ['specification', { spec: { annotations: { a: 'b' } } }],
  ])('lets a change of %s succeed at that revision only', async (_, body) => {
    const { revision } = await read(id);
    const tag = await tagNow();
    for (const other of [another(tag), `W/${tag}`, `"${revision}"`, `${another(tag)}, W/${tag}`]) {
      expectProblem(await patch(id, body, { 'if-match': other }), 412, 'revision-mismatch', { revision });
    }
    expect(await read(id)).toMatchObject({ revision });
    expect((await patch(id, body, { 'if-match': tag })).body.revision).toBe(revision + 1);
    expect((await patch(id, body, { 'if-match': '*' })).body.revision).toBe(revision + 2);
  });

  it('lets a delete succeed at that revision only', async () => {
    const { revision } = await read(id);
    const tag = await tagNow();
    for (const other of [another(tag), `W/${tag}`, `"${revision}"`]) {
      expectProblem(await remove(id, { 'if-match': other }), 412, 'revision-mismatch', { revision });
    }
    expect((await remove(id, { 'if-match': `"x" , ${tag},` })).status).toBe(204);
  });
});

describe('the specification of an element', () => {
  it('changes in fields that the kind permits to change, and only there', async () => {
    const id = 'executor://executor/resized';
    await create(id, { spec: { hostname: 'a', resources: { pids: 10, cpu: { shares: 100 } } } });
    expectInvalid(await patch(id, { spec: { hostname: 'b' } }), 'spec.hostname');
    expectInvalid(await patch(id, { spec: { resources: { pids: 0 } } }), 'spec.resources.pids');
    const changed = await bodyOf(
      patch(id, { spec: { resources: { pids: null, cpu: { shares: 200 } } } }),
      200,
    );
    expect(changed.spec).toEqual({ hostname: 'a', resources: { cpu: { shares: 200 } } });
    expect((await read(id)).spec).toEqual(changed.spec);
  });
});
