import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { anyText } from '../../lib/any-text.ts';
import { startTaskport, type Taskport } from '../../taskport.ts';
import { bodyOf, type Caller, makeLocations, pathOf, waysIn } from './support.ts';

let taskport: Taskport;
beforeAll(async () => {
  taskport = await startTaskport();
  await makeLocations(
    taskport,
    'task',
    { name: 'image', kind: 'image', indexed: ['ro.os', 'rw.stage'], capacity: 1_000 },
    'volume',
  );
  for (const id of ['task://task/there', 'image://image/there']) {
    await bodyOf(taskport.call('POST', '/v1/elements', { body: { id } }), 201);
  }
});
afterAll(() => taskport.stop());

const name = fc.stringMatching(/^[a-z][a-z0-9]{0,12}$/);
const strange = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    -0,
    -1,
    0.5,
    1e308,
    2 ** 53,
    '',
    '\0',
    '\ud800',
    '__proto__',
    'constructor',
    [],
    {},
  ),
  fc.constantFrom('scratch:', 'image://image/there', 'task://task/there', 'x'.repeat(70_000), 'sha256:00'),
  anyText(20),
  fc.jsonValue({ maxDepth: 4 }),
);

const valid = {
  element: fc.record(
    {
      id: fc
        .tuple(fc.constantFrom('task', 'image', 'volume'), name)
        .map(([kind, rest]) => `${kind}://${kind}/${rest}`),
      parentId: fc.constantFrom('scratch:', 'image://image/there', 'task://task/there'),
      freeSpace: fc.nat(2_000),
      metadata: fc.record({ ro: fc.dictionary(name, fc.string()), rw: fc.dictionary(name, fc.string()) }),
      spec: fc.record({ process: fc.record({ args: fc.array(fc.string()), cwd: fc.constant('/srv') }) }),
      data: fc.constantFrom({ upload: true }, { base64: 'AAAA' }),
    },
    { requiredKeys: ['id'] },
  ),
  elementPatch: fc.record(
    {
      metadata: fc.record({ rw: fc.dictionary(name, fc.option(fc.string())) }),
      freeSpace: fc.option(fc.nat(2_000)),
      spec: fc.record({ annotations: fc.option(fc.dictionary(name, fc.option(fc.string()))) }),
    },
    { requiredKeys: [] },
  ),
  location: fc.record(
    {
      name,
      kind: fc.constantFrom('task', 'image', 'volume'),
      type: fc.constantFrom('s3', 'nfs'),
      policy: fc.constantFrom('read-write', 'create-only'),
      nfs: fc.record({ server: name, path: fc.string().map((path) => `/${path}`) }),
      capacity: fc.nat(),
      indexed: fc.array(name.map((key) => `ro.${key}`)),
      grants: fc.array(
        fc.record({ principal: fc.string(), actions: fc.array(fc.constantFrom('read', 'admin')) }),
      ),
    },
    { requiredKeys: ['name', 'kind'] },
  ),
  locationPatch: fc.record(
    { policy: fc.constantFrom('read-write'), capacity: fc.nat(), grants: fc.constant(null) },
    { requiredKeys: [] },
  ),
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** Replaces, adds or removes a value at a random place of a document. */
const mutate = (
  document: unknown,
  [turn = 0, ...path]: readonly number[],
  put: unknown,
  key: string,
): unknown => {
  if (!isObject(document) || path.length === 0) return put;
  const keys = Object.keys(document);
  const copy: Record<string, unknown> = Array.isArray(document) ? ([...document] as never) : { ...document };
  const chosen = keys[turn % (keys.length + 1)];
  if (chosen === undefined)
    Object.defineProperty(copy, key, { value: put, enumerable: true, configurable: true });
  else if (turn % 5 === 4) delete copy[chosen];
  else copy[chosen] = mutate(document[chosen], path, put, key);
  return copy;
};

const mutated = (document: fc.Arbitrary<unknown>) =>
  fc
    .tuple(
      document,
      fc.array(fc.nat(50), { minLength: 1, maxLength: 5 }),
      strange,
      fc.oneof(name, fc.constantFrom('__proto__', 'constructor', 'toString', 'base64', 'ro')),
    )
    .map(([whole, path, put, key]) => mutate(whole, path, put, key));

const requests: [what: string, method: string, path: string, document: fc.Arbitrary<unknown>][] = [
  ['a new element', 'POST', '/v1/elements', valid.element],
  ['a change of a task', 'PATCH', pathOf('task://task/there'), valid.elementPatch],
  ['a change of an image', 'PATCH', pathOf('image://image/there'), valid.elementPatch],
  ['a new location', 'POST', '/v1/locations', valid.location],
  ['a change of a location', 'PATCH', '/v1/locations/image', valid.locationPatch],
];

const answerOf = async (call: Caller, method: string, path: string, body: unknown) => {
  const raw = JSON.stringify(body);
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  return call(method, path, { raw, headers: { 'content-type': type } });
};

it.each(requests)('any %s is accepted or refused, and never breaks anything', async (...request) => {
  const [, method, path, document] = request;
  for (const [, call] of waysIn(taskport)) {
    await fc.assert(
      fc.asyncProperty(fc.oneof(document, mutated(document), fc.jsonValue()), async (body) => {
        const { status, headers, body: answer } = await answerOf(call, method, path, body);
        if (status < 300) return;
        expect(status, JSON.stringify(answer)).toBeLessThan(500);
        expect(headers.get('content-type')).toBe('application/problem+json');
        expect(answer).toMatchObject({ status, code: expect.any(String), detail: expect.any(String) });
        if (answer.code === 'invalid-request') expect(answer.issues.length).toBeGreaterThan(0);
        if (answer.code === 'invalid-entry') expect(answer.entries.length).toBeGreaterThan(0);
      }),
      { numRuns: 100 },
    );
  }
  for (const id of ['task://task/there', 'image://image/there']) {
    await bodyOf(taskport.call('GET', pathOf(id)), 200);
  }
});

it('any query is accepted or refused', async () => {
  const term = fc.oneof(
    fc
      .constantFrom('ro.os=', 'rw.stage=', 'parent=', 'state=', 'name^=', '')
      .chain((left) => anyText(30).map((right) => `${left}${right}`)),
    fc.constantFrom('name^=there', 'ro.os=x', 'parent=scratch:', 'state=ready'),
  );
  const text = anyText(30);
  const query = fc.record(
    {
      filter: fc.array(
        term.filter((value) => value.isWellFormed()),
        { maxLength: 3 },
      ),
      limit: fc.oneof(fc.integer().map(String), text),
      cursor: text,
      fields: text,
    },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(query, fc.boolean(), async ({ filter = [], ...rest }, listing) => {
      const params = new URLSearchParams(rest);
      for (const value of filter) params.append('filter', value);
      const path = listing ? '/v1/elements?kind=image&location=image&' : `${pathOf('image://image/there')}?`;
      const { status, body } = await taskport.call('GET', `${path}${params}`);
      expect(status, JSON.stringify(body)).toBeLessThan(500);
    }),
    { numRuns: 200 },
  );
});
