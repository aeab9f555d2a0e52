import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wellFormedText } from '../../lib/any-text.ts';
import { startTaskport, type Taskport } from '../../taskport.ts';
import { bodyOf, expectProblem, makeLocations, pathOf } from './support.ts';

let taskport: Taskport;
beforeAll(async () => {
  taskport = await startTaskport();
  await makeLocations(taskport, 'task', { name: 'indexed', kind: 'task', indexed: ['ro.os', 'rw.stage'] });
});
afterAll(() => taskport.stop());

let made = 0;
const fresh = (): string => `task://task/m${made++}`;
const create = (id: string, metadata: object) =>
  taskport.call('POST', '/v1/elements', { body: { id, metadata } });
const patch = (id: string, rw: object) => taskport.call('PATCH', pathOf(id), { body: { metadata: { rw } } });
const read = async (id: string) => (await bodyOf(taskport.call('GET', pathOf(id)), 200)).metadata;

type Value = string | { base64: string };
const bytesOf = (value: Value): Buffer =>
  typeof value === 'string' ? Buffer.from(value) : Buffer.from(value.base64, 'base64');

describe('values', () => {
  const bytes = fc
    .uint8Array({ maxLength: 300 })
    .map((array): Value => ({ base64: Buffer.from(array).toString('base64') }));
  const text = wellFormedText(300);
  const key = fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9._/-]{0,30}[A-Za-z0-9])?$/);
  const map = fc.dictionary(key, fc.oneof(bytes, text), { maxKeys: 8, noNullPrototype: true });
  const asBytes = (values: Record<string, Value>) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, bytesOf(value)]));

  it('return the same bytes', async () => {
    await fc.assert(
      fc.asyncProperty(map, map, map, async (ro, rw, later) => {
        const id = fresh();
        const without = (values: Record<string, Value>) =>
          Object.fromEntries(Object.entries(values).filter(([name]) => !Object.hasOwn(ro, name)));
        await bodyOf(create(id, { ro, rw: without(rw) }), 201);
        await bodyOf(patch(id, without(later)), 200);
        const shown = await read(id);
        expect(asBytes(shown.ro)).toEqual(asBytes(ro));
        expect(asBytes(shown.rw)).toEqual(asBytes(without({ ...rw, ...later })));
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    ['empty', ''],
    ['a byte order mark', '\uFEFFtext'],
    ['NUL', 'a\0b'],
    ['beyond the basic plane', '𝄞 👩‍🚀'],
    ['not in normal form', 'e\u0301'],
  ])('that are text are shown as text: %s', async (_, value) => {
    const id = fresh();
    await bodyOf(
      create(id, { ro: { value }, rw: { value2: { base64: Buffer.from(value).toString('base64') } } }),
      201,
    );
    expect(await read(id)).toEqual({ ro: { value }, rw: { value2: value } });
  });

  it('that are not UTF-8 are shown as base64', async () => {
    const id = fresh();
    const value = { base64: Buffer.from([0xff, 0xfe, 0, 0xc0]).toString('base64') };
    await bodyOf(create(id, { ro: { value } }), 201);
    expect((await read(id)).ro).toEqual({ value });
  });

  it.each([
    ['a number', 5],
    ['true', true],
    ['an array', ['a']],
    ['an object of another shape', { text: 'a' }],
    ['base64 beside something', { base64: 'YQ==', more: 1 }],
    ['base64 without its padding', { base64: 'YQ' }],
    ['base64 of the URL alphabet', { base64: '-_-_' }],
    ['base64 with a line break', { base64: 'YWFh\nYWFh' }],
    ['half a surrogate pair', '\ud83d'],
    ['more than 64 KiB', 'x'.repeat(64 * 1024 + 1)],
    ['a megabyte', 'x'.repeat(2 ** 20)],
  ])('are refused if they are %s', async (_, value) => {
    const id = fresh();
    const entries = [{ key: 'ro.bad', reason: expect.any(String) }];
    const answer = await create(id, { ro: { bad: value, good: 'x' } });
    expectProblem(answer, 422, 'invalid-entry', { entries });
    expectProblem(await taskport.call('GET', pathOf(id)), 404, 'not-found');
  });

  it('may have 64 KiB each and 400 KiB together; the error names every key', async () => {
    const id = fresh();
    const value = 'x'.repeat(64 * 1024);
    const rw = Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => [name, value]));
    await bodyOf(create(id, { rw }), 201);
    const limit = 409_600;
    expectProblem(await patch(id, { g: value, h: 'x' }), 422, 'invalid-entry', {
      entries: [
        { key: 'rw.g', limit },
        { key: 'rw.h', limit },
      ],
    });
    expectProblem(await create(fresh(), { ro: { z: value }, rw }), 422, 'invalid-entry');
    expect((await read(id)).rw).toEqual(rw);
  });
});

describe('keys', () => {
  const inherited = ['constructor', 'toString', 'hasOwnProperty', 'valueOf', 'isPrototypeOf', 'base64'];

  it.each(inherited)('may be called `%s`', async (name) => {
    const id = fresh();
    await bodyOf(create(id, { ro: { [name]: 'ro' } }), 201);
    expectProblem(await patch(id, { [name]: 'rw' }), 409, 'read-only-key', { keys: [name] });
    const other = fresh();
    await bodyOf(create(other, { rw: {} }), 201);
    await bodyOf(patch(other, { [name]: 'rw' }), 200);
    expect(await read(other)).toEqual({ ro: {}, rw: { [name]: 'rw' } });
    expect(await read(id)).toEqual({ ro: { [name]: 'ro' }, rw: {} });
    const answer = await taskport.call('GET', `${pathOf(other)}?fields=rw.${name},ro.${name}`);
    expect(answer.body.metadata).toEqual({ rw: { [name]: 'rw' } });
    await bodyOf(patch(other, { [name]: null }), 200);
    expect((await read(other)).rw).toEqual({});
  });

  it('that are invalid are all named at once, with the limit', async () => {
    const bad = ['', '-a', 'a-', '.a', 'a b', 'ä', 'a\0', '_proto_', 'a'.repeat(129), '\ud800'];
    const ro = Object.fromEntries(bad.map((name) => [name, 'x']));
    const answer = await create(fresh(), { ro: { ...ro, fine: 'x' }, rw: { worse: null } });
    expectProblem(answer, 422, 'invalid-entry');
    const named = answer.body.entries.map((entry: { key: string }) => entry.key);
    expect(named).toEqual([...bad.map((name) => `ro.${name}`), 'rw.worse']);
    expect(answer.body.entries[0].limit).toBe(128);
  });

  it('are limited to fifty in one call, over both maps; the error names the others', async () => {
    const keys = (prefix: string, count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`${prefix}${at}`, 'x']));
    const id = fresh();
    await bodyOf(create(id, { ro: keys('a', 25), rw: keys('b', 25) }), 201);
    await bodyOf(patch(id, keys('c', 50)), 200);
    expect(Object.keys((await read(id)).rw)).toHaveLength(75);
    const answer = await create(fresh(), { ro: keys('a', 30), rw: keys('b', 22) });
    expectProblem(answer, 422, 'invalid-entry', {
      entries: [
        { key: 'rw.b20', limit: 50 },
        { key: 'rw.b21', limit: 50 },
      ],
    });
    expectProblem(await patch(id, keys('d', 51)), 422, 'invalid-entry', { entries: [{ key: 'rw.d50' }] });
  });
});

describe('read-only metadata', () => {
  it('never changes, and an update that names it changes nothing', async () => {
    const id = fresh();
    await bodyOf(create(id, { ro: { os: 'linux', arch: 'arm64' }, rw: { stage: 'test' } }), 201);
    expectProblem(await patch(id, { os: 'x', arch: null, stage: 'live' }), 409, 'read-only-key', {
      keys: ['os', 'arch'],
    });
    const both = { metadata: { rw: { os: 'x' } }, spec: { annotations: { a: 'b' } } };
    expectProblem(await taskport.call('PATCH', pathOf(id), { body: both }), 409, 'read-only-key', {
      keys: ['os'],
    });
    for (const [ro, keys] of [
      [{ os: 'x' }, ['os']],
      [{ fresh: 'x' }, ['fresh']],
      [null, ['ro']],
    ] as const) {
      const answer = await taskport.call('PATCH', pathOf(id), { body: { metadata: { ro } } });
      expectProblem(answer, 409, 'read-only-key', { keys });
    }
    expect(await read(id)).toEqual({ ro: { os: 'linux', arch: 'arm64' }, rw: { stage: 'test' } });
  });

  it('cannot also be changeable in a create', async () => {
    const id = fresh();
    const answer = await create(id, { ro: { a: '1', b: '2', c: '3' }, rw: { a: '1', c: '2', d: '3' } });
    expectProblem(answer, 409, 'read-only-key', { keys: ['a', 'c'] });
    expectProblem(await taskport.call('GET', pathOf(id)), 404, 'not-found');
  });
});

describe('indexed values', () => {
  it('are text of at most 512 bytes', async () => {
    const element = (ro: object) => create('task://indexed/a', { ro });
    for (const os of ['é'.repeat(257), { base64: '/w==' }]) {
      expectProblem(await element({ os }), 422, 'invalid-entry', { entries: [{ key: 'ro.os' }] });
    }
    expect((await element({ os: 'é'.repeat(256), other: 'x'.repeat(600) })).status).toBe(201);
    expectProblem(await patch('task://indexed/a', { stage: { base64: '/w==' } }), 422, 'invalid-entry', {
      entries: [{ key: 'rw.stage' }],
    });
  });
});
