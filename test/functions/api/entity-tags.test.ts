import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLOSING_MS } from '../../../lib/location/locations.ts';
import { type Answer, startTaskport, type Taskport } from '../../taskport.ts';
import { bodyOf, expectProblem, makeLocations, pathOf, sweep, tagAt, waysIn } from './support.ts';

let taskport: Taskport;
beforeAll(async () => {
  taskport = await startTaskport();
  await makeLocations(taskport, 'task', 'volume', 'executor', 'log');
});
afterAll(() => taskport.stop());

const tagOf = ({ headers }: Answer): string => headers.get('etag') as string;
const create = (id: string, more = {}) => taskport.call('POST', '/v1/elements', { body: { id, ...more } });
const get = (path: string, tag?: string) =>
  taskport.call('GET', path, tag === undefined ? {} : { headers: { 'if-none-match': tag } });
const patch = (path: string, body: object, tag: string) =>
  taskport.call('PATCH', path, { body, headers: { 'if-match': tag } });
const remove = (path: string, tag?: string) =>
  taskport.call('DELETE', path, tag === undefined ? {} : { headers: { 'if-match': tag } });
const anew = async (id: string): Promise<Answer> => {
  await bodyOf(remove(pathOf(id)), 204);
  return create(id);
};

describe('an element that is deleted and created again', () => {
  it.each(['task', 'volume', 'executor', 'log'])(
    'does not match a tag of the one before: %s',
    async (kind) => {
      const id = `${kind}://${kind}/reborn`;
      const path = pathOf(id);
      const before = tagOf(await create(id));
      const read = tagOf(await get(path));
      const after = tagOf(await anew(id));
      expect(after).toMatch(tagAt(1));
      for (const tag of [before, read, '"1"', '"1.1"', `${before}, ${read}`]) {
        expect((await get(path, tag)).status).toBe(200);
        for (const body of [{}, { metadata: { rw: { a: 'b' } } }]) {
          expectProblem(await patch(path, body, tag), 412, 'revision-mismatch', { revision: 1 });
        }
        expectProblem(await remove(path, tag), 412, 'revision-mismatch', { revision: 1 });
      }
      expect((await get(path, after)).status).toBe(kind === 'executor' ? 200 : 304);
      expect(await bodyOf(get(path), 200)).toMatchObject({ revision: 1, metadata: { rw: {} } });
      expect((await patch(path, { metadata: { rw: { a: 'b' } } }, `${before}, ${after}`)).status).toBe(200);
      expect((await remove(path, tagOf(await get(path)))).status).toBe(204);
    },
  );

  it('does not match if the change is computed from the present state', async () => {
    const cases = [
      ['volume://volume/computed', { freeSpace: 7 }],
      ['task://task/computed', { spec: { annotations: { a: 'b' } } }],
    ] as const;
    for (const [id, body] of cases) {
      const before = tagOf(await create(id));
      await anew(id);
      expectProblem(await patch(pathOf(id), body, before), 412, 'revision-mismatch', { revision: 1 });
    }
  });
});

describe('an executor', () => {
  const id = 'executor://executor/composed';
  const path = pathOf(id);
  const open = async () => {
    const body = { executorId: id };
    return bodyOf(taskport.call('POST', '/v1/compositions', { body }), 201);
  };
  const change = { metadata: { rw: { a: 'b' } } };

  it('has a tag with its composition, which differs for each composition', async () => {
    await create(id);
    await bodyOf(create('log://log/member'), 201);
    const unopened = tagOf(await get(path));
    const { handle } = await open();
    expectProblem(await patch(path, change, unopened), 412, 'revision-mismatch', { revision: 1 });
    const opened = tagOf(await get(path));
    for (const tag of [unopened, tagOf(await get(`${path}?fields=rw`))])
      expect((await get(path, tag)).status).toBe(200);
    expect((await get(path, opened)).status).toBe(304);
    const joined = taskport.call('POST', `/v1/compositions/${handle}/join`, {
      body: { id: 'log://log/member' },
    });
    await bodyOf(joined, 200);
    expectProblem(await patch(path, change, opened), 412, 'revision-mismatch', { revision: 1 });
    expectProblem(await patch(path, {}, opened), 412, 'revision-mismatch', { revision: 1 });
    expectProblem(await remove(path, opened), 412, 'revision-mismatch', { revision: 1 });
    // If the header has several tags, one match is enough.
    const now = tagOf(await get(path));
    const changed = await patch(path, change, `${unopened}, ${opened}, ${now}`);
    expect(changed.body).toMatchObject({ revision: 2, metadata: { rw: { a: 'b' } } });
    const left = (await open()).handle;
    await bodyOf(
      taskport.call('POST', `/v1/compositions/${left}/leave`, { body: { id: 'log://log/member' } }),
      200,
    );
    const last = tagOf(await get(path));
    await anew(id);
    await open();
    for (const tag of [unopened, opened, now, last]) {
      expect((await get(path, tag)).status).toBe(200);
      expectProblem(await remove(path, tag), 412, 'revision-mismatch', { revision: 1 });
    }
    expect((await remove(path, tagOf(await get(path)))).status).toBe(204);
  });

  it('is changed once by many callers who know the same state of it and its composition', async () => {
    await create(id);
    await open();
    const tag = tagOf(await get(path));
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, at) => patch(path, { metadata: { rw: { [`k${at}`]: 'x' } } }, tag)),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, 412, 412, 412, 412, 412]);
    expect((await get(path)).body.revision).toBe(2);
    await bodyOf(remove(path), 204);
  });
});

describe('a location that is deleted and created again', () => {
  it('does not match a tag of the one before', async () => {
    const path = '/v1/locations/reborn';
    const make = () => taskport.call('POST', '/v1/locations', { body: { name: 'reborn', kind: 'task' } });
    const before = tagOf(await make());
    expect((await get(path, before)).status).toBe(304);
    const closing = tagOf(await remove(path, before));
    await sweep(taskport, CLOSING_MS + 1_000);
    const after = tagOf(await make());
    for (const tag of [before, closing, '"1"', '"2"']) {
      expect((await get(path, tag)).status).toBe(200);
      const refused = await patch(path, { policy: 'read-only' }, tag);
      expectProblem(refused, 412, 'revision-mismatch', { revision: 1 });
      expectProblem(await remove(path, tag), 412, 'revision-mismatch', { revision: 1 });
    }
    const answer = await get(path, `"x", W/${after}`);
    expect([answer.status, tagOf(answer), answer.body]).toEqual([304, after, undefined]);
    expect((await patch(path, { policy: 'read-only' }, after)).status).toBe(200);
    expect((await get(path, after)).status).toBe(200);
  });
});

describe('the document', () => {
  it('has a tag, and is not sent again to a caller who has it', async () => {
    for (const [, call] of waysIn(taskport)) {
      const whole = await call('GET', '/v1/openapi.json');
      expect([whole.status, whole.body.openapi]).toEqual([200, '3.1.1']);
      const tag = tagOf(whole);
      for (const known of [tag, `W/${tag}`, `"x",${tag}`, '*']) {
        const answer = await call('GET', '/v1/openapi.json', { headers: { 'if-none-match': known } });
        expect([answer.status, tagOf(answer), answer.body]).toEqual([304, tag, undefined]);
      }
      expect((await call('GET', '/v1/openapi.json', { headers: { 'if-none-match': '"x"' } })).status).toBe(
        200,
      );
    }
  });
});

/** Actions on one name, by callers who kept any of the tags that were ever answered. */
type Step =
  | { readonly do: 'create' | 'delete' | 'read' | 'patch' | 'resize' }
  | { readonly do: 'delete' | 'read' | 'patch' | 'resize'; readonly tags: readonly number[] };

describe('the history of one name', () => {
  const path = pathOf('volume://volume/history');

  it('has no tag that matches two of its states', async () => {
    const act = fc.constantFrom('delete', 'read', 'patch', 'resize');
    const step: fc.Arbitrary<Step> = fc.oneof(
      fc.record({ do: fc.constantFrom('create', 'create', 'delete', 'patch', 'resize') }),
      fc.record({ do: act, tags: fc.array(fc.nat(20), { minLength: 1, maxLength: 3 }) }),
    ) as fc.Arbitrary<Step>;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 16 }), async (steps) => {
        await remove(path);
        const known: string[] = [];
        let present: string | undefined;
        for (const [at, each] of steps.entries()) {
          const given = 'tags' in each ? each.tags.map((tag) => known.at(-1 - tag)).filter(Boolean) : [];
          const header = given.length > 0 ? given.join(', ') : undefined;
          const isMet = header === undefined || given.includes(present);
          const headers = header === undefined ? {} : { 'if-match': header };
          let answer: Answer;
          if (each.do === 'create') {
            answer = await create('volume://volume/history');
            expect(answer.status).toBe(present === undefined ? 201 : 409);
          } else if (each.do === 'read') {
            answer = await get(path, header);
            const isKnown = header !== undefined && isMet;
            expect(answer.status).toBe(present === undefined ? 404 : isKnown ? 304 : 200);
          } else if (each.do === 'delete') {
            answer = await taskport.call('DELETE', path, { headers });
            expect(answer.status).toBe(present === undefined ? 404 : isMet ? 204 : 412);
            if (answer.status === 204) present = undefined;
          } else {
            const body = each.do === 'patch' ? { metadata: { rw: { at: String(at) } } } : { freeSpace: at };
            answer = await taskport.call('PATCH', path, { body, headers });
            expect(answer.status).toBe(present === undefined ? 404 : isMet ? 200 : 412);
          }
          if (answer.status === 200 || answer.status === 201) {
            const isNew = each.do !== 'read';
            present = tagOf(answer);
            expect(known.includes(present)).toBe(!isNew);
            if (isNew) known.push(present);
          }
        }
      }),
      { numRuns: 25 },
    );
  });
});
