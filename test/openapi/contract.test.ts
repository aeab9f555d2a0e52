import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as z from 'zod/mini';
import { createApp } from '../../functions/api/app.ts';
import { operations } from '../../functions/api/contract/contract.ts';
import { mediaTypeOf, type Operation } from '../../functions/api/contract/operation.ts';
import { problems } from '../../functions/api/contract/problems.ts';
import { problemCodes } from '../../lib/errors.ts';
import { startTaskport, type Taskport } from '../taskport.ts';

/** The schemas that `validate` got, and their place (`''` a body, `?` a query). */
const asked = vi.hoisted(() => [] as { schema: unknown; root: string }[]);
vi.mock('../../lib/validation.ts', async (original) => {
  const real = await original<typeof import('../../lib/validation.ts')>();
  const validate: typeof real.validate = (schema, value, root = '') => {
    asked.push({ schema, root });
    return real.validate(schema, value, root);
  };
  return { ...real, validate };
});

/** The possible schemas of a value: the alternatives, if there are some. */
const alternativesOf = (schema: unknown): readonly unknown[] =>
  schema instanceof z.ZodMiniUnion ? schema.def.options : [schema];

/** Routes of GET also answer HEAD. */
const isRoute = ({ method }: Pick<Operation, 'method'>): boolean => method !== 'head';
const nameOf = (method: string, path: string): string => `${method.toUpperCase()} ${path}`;

let taskport: Taskport;
let handle: string;
beforeAll(async () => {
  taskport = await startTaskport();
  const post = async (path: string, body: object) => (await taskport.call('POST', path, { body })).body;
  for (const kind of ['task', 'image', 'executor', 'volume'])
    await post('/v1/locations', { name: kind, kind });
  await post('/v1/elements', { id: 'executor://executor/one' });
  handle = (await post('/v1/compositions', { executorId: 'executor://executor/one' })).handle;
});
afterAll(() => taskport.stop());

describe('the contract', () => {
  it('has every route, and nothing else', () => {
    const app = createApp(taskport.dependencies, { log: () => {} });
    const routes = app.routes
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => nameOf(method, path.replace(/\/$/, '').replace(/:(\w+)/g, '{$1}')));
    const told = operations.filter(isRoute).map(({ method, path }) => nameOf(method, path));
    expect(told.toSorted()).toEqual([...new Set(routes)].sort());
  });

  it('names every operation once', () => {
    const ids = operations.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)]);
  });

  it('has every problem, and each is answered by some operation or by no route', () => {
    expect(problems.map(({ code }) => code)).toEqual([...problemCodes]);
    const answered = new Set(operations.flatMap((operation) => operation.problems));
    const never = problemCodes.filter((code) => !answered.has(code));
    expect(never).toEqual(['unknown-route', 'method-not-allowed']);
  });
});

describe('the documented schema of a request validates it', () => {
  const OF_EXECUTORS = /Report|Output|reportTask|WrittenVolume|claimVolume|saveVolume|completeSave/;
  const pathOf = ({ id, path }: Operation): string =>
    path
      .replace('{kind}', OF_EXECUTORS.test(id) ? 'executor' : 'volume')
      .replace('{location}', OF_EXECUTORS.test(id) ? 'executor' : 'volume')
      .replace('{name}', 'one')
      .replace('{repository}', 'one')
      .replace('{tag}', 'one')
      .replace('{taskLocation}', 'task')
      .replace('{taskName}', 'one')
      .replace('{volumeLocation}', 'volume')
      .replace('{volumeName}', 'one')
      .replace('{attempt}', '1')
      .replace('{handle}', handle);

  const ask = async (operation: Operation): Promise<readonly { schema: unknown; root: string }[]> => {
    const { method, body, query } = operation;
    asked.length = 0;
    const type = body && { headers: { 'content-type': mediaTypeOf(body, method) }, raw: '{"more":1}' };
    // An invalid query ends the call where the query is read.
    await taskport.call(method.toUpperCase(), `${pathOf(operation)}${query ? '?limit=0' : ''}`, type ?? {});
    return [...asked];
  };

  it.each(operations.filter(isRoute).map((operation) => [operation.id, operation] as const))(
    '%s',
    async (_, operation) => {
      const schemas = await ask(operation);
      const below = (root: string): unknown[] =>
        schemas.filter((each) => each.root === root).map(({ schema }) => schema);
      const [inBody, inQuery] = [below(''), below('?')];
      const { body, query } = operation;
      const asked = body === 'bytes' ? undefined : body;
      expect(inBody.length).toBe(asked ? 1 : 0);
      expect(alternativesOf(asked).some((each) => each === inBody[0])).toBe(true);
      expect(inQuery.length).toBe(query ? 1 : 0);
      expect(inQuery[0] === query).toBe(true);
    },
  );
});
