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
/** A lambda answers at most 6 MB (AWS Lambda, quotas). */
const MAX_ANSWER = 6_000_000;

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

describe('a body that is not JSON', () => {
  it.each([
    ['a word', 'hello'],
    ['cut off', '{"id": "task://task/x"'],
    ['with a comma too many', '{"id": "task://task/x",}'],
    ['with a comment', '{} // nothing'],
    ['two documents', '{}{}'],
    ['NaN', '{"size": NaN}'],
    ['NUL', '\0'],
    ['UTF-16', Buffer.from('{"id":"task://task/x"}', 'utf16le')],
    ['nested 200,000 times', '['.repeat(200_000)],
    ['nested 200,000 times and closed', `${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`],
  ])('is refused: %s', async (_, raw) => {
    await everywhere(raw, (answer) => expectInvalid(answer, 'body'));
  });

  // API Gateway passes JSON as text, and replaces bytes that are not UTF-8.
  it('is refused: not UTF-8', async () => {
    const raw = Uint8Array.of(0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d);
    for (const [method, path] of WRITES) {
      expectInvalid(await send(taskport.call, method, path, raw), 'body');
    }
  });

  it('is refused if it is missing', async () => {
    await everywhere('', (answer) => expectInvalid(answer, 'body'));
  });
});

describe('a body that is not an object', () => {
  it.each(['[]', 'null', '"text"', '5', 'true', '[{"id":"task://task/x"}]'])(
    'is refused: %s',
    async (raw) => {
      await everywhere(raw, (answer) => expectInvalid(answer, 'body'));
    },
  );
});

describe('a media type', () => {
  it('must be the one that the call accepts', async () => {
    for (const [, call] of waysIn(taskport)) {
      for (const [method, path] of WRITES) {
        const wrong = method === 'PATCH' ? 'application/json' : 'application/merge-patch+json';
        for (const type of [wrong, 'text/plain', 'application/xml', 'application/jsonx', 'json', ';']) {
          const answer = await send(call, method, path, '{}', type);
          expectProblem(answer, 415, 'unsupported-media-type', { expected: typeOf(method) });
          expect(answer.headers.get('accept-patch')).toBe(method === 'PATCH' ? typeOf(method) : null);
        }
      }
      const untyped = await call('POST', '/v1/elements', { raw: Buffer.from('{}') });
      expectProblem(untyped, 415, 'unsupported-media-type');
    }
  });

  it('may carry parameters and capitals', async () => {
    const answer = await send(
      taskport.call,
      'PATCH',
      there,
      '{}',
      'Application/Merge-Patch+JSON; charset=utf-8',
    );
    expect(answer.status).toBe(200);
  });
});

describe('a request that is too large', () => {
  it('gets a refusal that is itself not too large', async () => {
    const many = (value: unknown) =>
      Object.fromEntries(Array.from({ length: 15_000 }, (_, at) => [`${'k'.repeat(350)}${at}`, value]));
    const [id, long] = ['task://task/x', 'k'.repeat(4_000_000)];
    const bodies = [
      { id, ...many(0) },
      { id, [long]: 0 },
      { id, metadata: { ro: many('x') } },
      { id, metadata: { rw: many(null) } },
      { id, metadata: { ro: { [long]: 'x' } } },
      { id, spec: many(0) },
      { id, spec: { process: { env: Array(6_000).fill({ name: '', value: 5 }) } } },
      { id, spec: { process: { rlimits: Array(15_000).fill({}) } } },
    ];
    for (const body of bodies) {
      const created = await taskport.call('POST', '/v1/elements', { body });
      expect(['400 invalid-request', '422 invalid-entry']).toContain(
        `${created.status} ${created.body.code}`,
      );
      expect((created.body.issues ?? created.body.entries).length).toBeGreaterThan(0);
      expect(JSON.stringify(created.body).length).toBeLessThan(MAX_ANSWER);
    }
    const changed = await taskport.call('PATCH', there, { body: { metadata: { ro: many('x') } } });
    expectProblem(changed, 409, 'read-only-key');
    expect(JSON.stringify(changed.body).length).toBeLessThan(MAX_ANSWER);
  });

  it('is refused for too many values', async () => {
    for (const raw of [
      `[${'{},'.repeat(300_000)}0]`,
      `{"spec":{"process":{"env":[${'{},'.repeat(100_000)}{}]}}}`,
    ]) {
      await everywhere(raw, (answer) => expectInvalid(answer, 'body'));
    }
  });

  // After a refusal, the server reads on for half a second at most; on a busy machine a client that still sends may lose the answer.
  it('is refused above 6 MiB', { retry: 2 }, async () => {
    const limit = 6 * 1024 * 1024;
    await everywhere(' '.repeat(limit + 1), (answer) => {
      expectProblem(answer, 413, 'payload-too-large', { limit });
    });
  });
});
