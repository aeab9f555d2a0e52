import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTaskport, type Taskport } from '../../taskport.ts';
import {
  bodyOf,
  type Caller,
  expectInvalid,
  expectProblem,
  makeLocations,
  pathOf,
  waysIn,
} from './support.ts';

const there = pathOf('task://task/there');
const WRITES = [
  ['POST', '/v1/elements'],
  ['POST', '/v1/locations'],
  ['PATCH', there],
  ['PATCH', '/v1/locations/task'],
] as const;

let taskport: Taskport;
let before: unknown;
const state = async () => [
  await bodyOf(taskport.call('GET', there), 200),
  await bodyOf(taskport.call('GET', '/v1/elements?kind=task&location=task'), 200),
  (await bodyOf(taskport.call('GET', '/v1/locations'), 200)).items.map(
    ({ name, revision }: Record<string, unknown>) => [name, revision],
  ),
];
beforeAll(async () => {
  taskport = await startTaskport();
  await makeLocations(taskport, 'task', 'image');
  const body = { id: 'task://task/there', metadata: { ro: { a: 'b' }, rw: { c: 'd' } } };
  await bodyOf(taskport.call('POST', '/v1/elements', { body }), 201);
  before = await state();
});
afterAll(async () => {
  expect(await state()).toEqual(before);
  await taskport.stop();
});

const typeOf = (method: string): string =>
  method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
const send = (call: Caller, method: string, path: string, raw: string | Uint8Array, type = typeOf(method)) =>
  call(method, path, { raw, headers: { 'content-type': type } });

/** Sends the raw body to every call that takes one, both ways in, and checks each answer. */
const everywhere = async (raw: string | Uint8Array, check: (answer: Awaited<ReturnType<Caller>>) => void) => {
  for (const [, call] of waysIn(taskport)) {
    for (const [method, path] of WRITES) check(await send(call, method, path, raw));
  }
};

describe('a field', () => {
  it('that is unknown is refused by name, at the top and below', async () => {
    const element = { id: 'task://task/x' };
    const post = (body: object) => taskport.call('POST', '/v1/elements', { body });
    expectInvalid(await post({ ...element, name: 'x', Data: {} }), 'name', 'Data');
    expectInvalid(await post({ ...element, metadata: { ro: {}, private: {} } }), 'metadata.private');
    expectInvalid(await post({ ...element, spec: { process: { argv: [] } } }), 'spec.process.argv');
    expectInvalid(await post({ ...element, constructor: 1, toString: 2 }), 'constructor', 'toString');
    const patched = await taskport.call('PATCH', there, {
      body: { id: 'task://task/y', metadata: { r: {} } },
    });
    expectInvalid(patched, 'metadata.r', 'id');
  });

  it('called `__proto__` is refused at any depth', async () => {
    for (const raw of [
      '{"__proto__": {"id": "task://task/x"}}',
      '{"id": "task://task/x", "metadata": {"__proto__": {"ro": {}}}}',
      '{"id": "task://task/x", "metadata": {"ro": {"__proto__": "x"}}}',
      '{"id": "task://task/x", "spec": {"annotations": {"\\u005f_proto__": "x"}}}',
      '{"grants": [{"principal": "local", "actions": ["admin"], "__proto__": null}]}',
    ]) {
      await everywhere(raw, (answer) => expectInvalid(answer, '__proto__'));
    }
    expect(({} as Record<string, unknown>).id).toBeUndefined();
  });

  it.each([
    ['id', 5],
    ['id', ['task://task/x']],
    ['id', 'task://task/'],
    ['id', `task://task/${'x'.repeat(256)}`],
    ['id', 'task://task/x\ud800'],
    ['id', 'task://task/x\n'],
    ['id', 'TASK://task/x'],
    ['id', 'task:/task/x'],
    ['parentId', 5],
    ['parentId', null],
    ['checksum', 5],
    ['size', '5'],
    ['freeSpace', '5'],
    ['freeSpace', 1.5],
    ['freeSpace', -1],
    ['freeSpace', 2 ** 50 + 1],
    ['freeSpace', 1e308],
    ['metadata', []],
    ['metadata', 'x'],
    ['spec', []],
    ['spec', 'x'],
    ['spec', null],
    ['data', 5],
  ])('of the wrong type is refused by name: %s %j', async (field, value) => {
    for (const [, call] of waysIn(taskport)) {
      const body = { id: 'image://image/x', [field]: value };
      expectInvalid(await call('POST', '/v1/elements', { body }), field);
    }
  });

  it.each(['ro', 'rw'])('of metadata has to be a map: %s', async (map) => {
    for (const value of [[], 'x', 5, null]) {
      const body = { id: 'task://task/x', metadata: { [map]: value } };
      expectInvalid(await taskport.call('POST', '/v1/elements', { body }), `metadata.${map}`);
    }
  });

  it('with a number out of range is refused', async () => {
    for (const number of ['1e400', '-1e400', '9007199254740993', '1e-400', '1E+999']) {
      const raw = `{"id":"image://image/x","data":{"upload":true},"size":${number},"freeSpace":${number}}`;
      const answer = await send(taskport.call, 'POST', '/v1/elements', raw);
      if (number === '1e-400') await bodyOf(taskport.call('DELETE', pathOf('image://image/x')), 204);
      else expectInvalid(answer, 'size', 'freeSpace');
    }
  });

  it('that is nested too deeply is refused by name, without a stack overflow', async () => {
    for (const depth of [10, 100, 500, 1_000, 2_000, 2_500, 3_000, 4_000]) {
      const deep = (left: string, right: string) => `${left.repeat(depth)}1${right.repeat(depth)}`;
      for (const value of [deep('{"a":', '}'), deep('[', ']'), deep('[{"a":', '}]')]) {
        for (const field of ['"spec":{"process":@}', '"spec":{"annotations":{"a":@}}', '"data":@']) {
          const raw = `{"id":"task://task/x",${field.replace('@', value)}}`;
          expectProblem(await send(taskport.call, 'POST', '/v1/elements', raw), 400, 'invalid-request');
        }
        const raw = `{"spec":{"annotations":{"a":${value}}}}`;
        expectProblem(await send(taskport.call, 'PATCH', there, raw), 400, 'invalid-request');
      }
    }
  });

  it('with text must be well-formed Unicode', async () => {
    const spec = { process: { args: ['a\ud800'] }, annotations: { '\udfff': 'x' } };
    const element = await taskport.call('POST', '/v1/elements', { body: { id: 'task://task/x', spec } });
    expectProblem(element, 400, 'invalid-request');
    expect(element.body.issues[0].path).toBe('spec.process.args[0]');
    const location = { name: 'x', kind: 'volume', type: 'nfs', nfs: { server: 'a', path: '/\ud800' } };
    expectInvalid(await taskport.call('POST', '/v1/locations', { body: location }), 'nfs.path');
    const grants = [{ principal: '\ud800', actions: ['admin'] }];
    const granted = { name: 'x', kind: 'task', grants };
    expectInvalid(await taskport.call('POST', '/v1/locations', { body: granted }), 'grants[0].principal');
    expectInvalid(
      await taskport.call('PATCH', '/v1/locations/task', { body: { grants } }),
      'grants[0].principal',
    );
  });
});

describe('If-Match', () => {
  it.each([
    '',
    ',',
    '1',
    '"1',
    '1"',
    '"a" "b"',
    '"a", b',
    '"a", *',
    '*, "a"',
    '"a"b',
    'w/"a"',
    'W/ "a"',
    '"a b"',
    "'a'",
    '"1" '.repeat(9),
    `${', '.repeat(2_000)}x`,
  ])('must be a list of tags in the form of answers, or a star: %s', async (tag) => {
    for (const [, call] of waysIn(taskport)) {
      const headers = { 'if-match': tag };
      for (const path of [there, '/v1/locations/task']) {
        expectInvalid(await call('PATCH', path, { body: {}, headers }), 'If-Match');
        expectInvalid(await call('DELETE', path, { headers }), 'If-Match');
      }
    }
  });
});
