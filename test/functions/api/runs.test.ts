import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Service } from '../../../functions/dispatch/service.ts';
import { createDynamoClient } from '../../../lib/adapters/dynamodb/engine/client.ts';
import { Table } from '../../../lib/adapters/dynamodb/engine/table.ts';
import { runKey, runPartitions } from '../../../lib/adapters/dynamodb/keys.ts';
import { openStage, type Stage } from '../../composing.ts';
import { bodyOf, expectInvalid, expectProblem, makeLocations, pathOf } from './support.ts';

let stage: Stage;
let image: string;
beforeAll(async () => {
  stage = await openStage();
  image = await stage.make('image');
});
afterAll(() => stage.stop());

const AT = '2026-01-01T00:00:00Z';
const inline = (name: string, more: object = {}) => ({
  task: { name, spec: { process: { args: ['true'] }, ...more } },
});
/** Runs tasks of these names on a new executor, and answers the handle. */
const run = async (executorId: string, ...tasks: object[]): Promise<string> => {
  const members = [{ id: image, mount: { path: '/', readOnly: true } }, ...tasks];
  return (
    await bodyOf(stage.post('/v1/compositions', { executorId, executor: {}, members, bind: true }), 201)
  ).handle;
};
const report = (executorId: string, name: string, state: object) => {
  const { location } = /:\/\/(?<location>[^/]+)/.exec(executorId)?.groups ?? {};
  return bodyOf(
    stage.post(`${pathOf(executorId)}/tasks/${location}/${name}/reports`, { attempt: 1, at: AT, ...state }),
    201,
  );
};
const list = async (location: string, query = '') =>
  bodyOf(stage.call('GET', `/v1/runs?executorLocation=${location}${query}`), 200);
/** All pages of a list. */
const pagesOf = async (location: string, limit: number, query = '') => {
  // biome-ignore lint/suspicious/noExplicitAny: tests read any member of an answer.
  const pages: any[][] = [];
  let cursor: string | undefined;
  do {
    const page = await list(location, `${query}&limit=${limit}${cursor ? `&cursor=${cursor}` : ''}`);
    expect(page.items.length).toBeLessThanOrEqual(limit);
    pages.push(page.items);
    cursor = page.cursor;
  } while (cursor !== undefined && pages.length < 200);
  return pages;
};
const idsOf = (items: { id: string }[]): string[] => items.map(({ id }) => id);

describe('the runs of a location', () => {
  it('are the bound tasks with their outcome, until they leave', async () => {
    await makeLocations(stage, { name: 'some', kind: 'executor' });
    const executorId = 'executor://some/one';
    let handle = await run(executorId, inline('a'), inline('b', { restart: { mode: 'always' } }));
    const [a, b] = [`${executorId}/tasks/a`, `${executorId}/tasks/b`];
    expect(idsOf((await list('some')).items).sort()).toEqual([a, b]);
    await report(executorId, 'a', { state: 'running' });
    await report(executorId, 'a', { state: 'exited', exitCode: 3 });
    const { items } = await list('some', '&state=exited');
    expect(items).toMatchObject([
      {
        executorId,
        id: a,
        bound: true,
        state: 'exited',
        attempt: 1,
        reason: 'failed',
        exitCode: 3,
        boundBy: 'local',
      },
    ]);
    expect(idsOf((await list('some', '&state=bound')).items)).toEqual([b]);
    const operate = async (verb: string, body: object = {}) => {
      handle = (await bodyOf(stage.post(`/v1/compositions/${handle}/${verb}`, body), 200)).handle;
    };
    await operate('unbind');
    // The other task has no report yet.
    expect(idsOf((await list('some')).items).sort()).toEqual([a, b]);
    expect((await list('some', '&state=exited')).items).toMatchObject([{ id: a, bound: false }]);
    expect((await list('some', '&state=created')).items).toMatchObject([{ id: b, bound: false }]);
    await operate('bind');
    expect((await list('some', '&state=bound')).items).toHaveLength(2);
    await operate('unbind');
    await operate('leave', { id: a });
    await operate('leave', { id: b });
    expect((await list('some')).items).toEqual([]);
  });

  it('are sorted by the time of the bind, the latest first, each once, in pages of any size', async () => {
    await makeLocations(stage, { name: 'many', kind: 'executor' });
    const ids: string[] = [];
    for (let at = 0; at < 12; at += 1) {
      const executorId = `executor://many/e${at}`;
      await run(executorId, inline('x'), inline('y'), inline('z'));
      ids.unshift(executorId);
      if (at % 4 === 0) await report(executorId, 'y', { state: 'running' });
    }
    const ofExecutors = (items: { executorId: string }[]): string[] => [
      ...new Set(items.map((item) => item.executorId)),
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom('', '&state=running', '&state=exited'),
        async (limit, state) => {
          const items = (await pagesOf('many', limit, state)).flat();
          expect(new Set(idsOf(items)).size).toBe(items.length);
          const expected =
            state === '' ? ids : state === '&state=running' ? ids.filter((_, at) => (11 - at) % 4 === 0) : [];
          expect(ofExecutors(items)).toEqual(expected);
          expect(items).toHaveLength(state === '' ? 36 : expected.length);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('keep their places after a restart, and move to the front when they are bound again', async () => {
    await makeLocations(stage, { name: 'again', kind: 'executor' });
    const [one, two] = ['executor://again/one', 'executor://again/two'];
    const handle = await run(one, inline('a', { restart: { mode: 'always' } }));
    await run(two, inline('a'));
    await report(one, 'a', { state: 'running' });
    await report(one, 'a', { attempt: 2, state: 'running' });
    const shown = async () =>
      (await list('again')).items.map((item: { executorId: string; attempt: number }) => [
        item.executorId,
        item.attempt,
      ]);
    expect(await shown()).toEqual([
      [two, 1],
      [one, 2],
    ]);
    const unbound = await bodyOf(stage.post(`/v1/compositions/${handle}/unbind`), 200);
    await bodyOf(stage.post(`/v1/compositions/${unbound.handle}/bind`), 200);
    expect(await shown()).toEqual([
      [one, 3],
      [two, 1],
    ]);
  });

  it('from an earlier version appear with their next change', async () => {
    await makeLocations(stage, { name: 'former', kind: 'executor' });
    const executorId = 'executor://former/one';
    await run(executorId, inline('a'), inline('b'));
    const table = new Table(createDynamoClient(), stage.table);
    for (const pk of runPartitions('former')) {
      const { items } = await table.query({ expression: 'pk = :pk', values: { ':pk': pk } });
      for (const { sk } of items) await table.remove({ pk, sk: sk as string });
    }
    expect((await list('former')).items).toEqual([]);
    await report(executorId, 'a', { state: 'running' });
    expect(idsOf((await list('former')).items)).toEqual([`${executorId}/tasks/a`]);
  });

  it('that wait are found by the engine, even behind more than a page of later runs', async () => {
    await makeLocations(stage, { name: 'cloud', kind: 'executor', engine: 'fargate' });
    const executorId = 'executor://cloud/one';
    await run(executorId, inline('a', { resources: { memory: { limit: 2 ** 29 } } }));
    const [waiting] = (await list('cloud')).items;
    const table = new Table(createDynamoClient(), stage.table);
    // More than a page of runs. The test writes the rows itself, because binding takes minutes.
    const over = JSON.stringify({ ...waiting, executorId: 'executor://cloud/other', state: 'exited' });
    const rows = Array.from({ length: 1_600 }, (_, nth) => ({
      put: { ...runKey('cloud', `2999-01-01T00:00:00Z#${nth}`), row: 'run', run: over },
    }));
    for (let from = 0; from < rows.length; from += 100) await table.transact(rows.slice(from, from + 100));
    expect(await new Service(stage.dependencies).waiting()).toEqual([executorId]);
  });

  it('are for callers who may read there, with documented parameters', async () => {
    const role = 'arn:aws:iam::123456789012:role/stranger';
    const grants = [{ principal: 'local', actions: ['admin', 'create', 'compose', 'read'] }];
    await makeLocations(
      stage,
      { name: 'closed', kind: 'executor', grants },
      { name: 'other', kind: 'executor' },
    );
    await run('executor://closed/one', inline('a'));
    expectProblem(
      await stage.callAs(role, 'GET', '/v1/runs?executorLocation=closed'),
      403,
      'permission-denied',
      { action: 'read' },
    );
    expectProblem(await stage.call('GET', '/v1/runs?executorLocation=none'), 404, 'unknown-location');
    expectProblem(await stage.call('GET', '/v1/runs?executorLocation=image'), 404, 'unknown-location');
    expectInvalid(await stage.call('GET', '/v1/runs'), '?executorLocation');
    expectInvalid(await stage.call('GET', '/v1/runs?executorLocation=closed&state=stopped'), '?state');
    const { cursor } = await list('many', '&limit=3');
    for (const query of ['executorLocation=closed', 'executorLocation=many&state=bound'])
      expectInvalid(await stage.call('GET', `/v1/runs?${query}&cursor=${cursor}`), '?cursor');
    const part = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    for (const place of ['', '-', 'a', '2026-01-01T00:00:00Z#']) {
      const forged = Buffer.from(JSON.stringify([part[0], place])).toString('base64url');
      expectInvalid(await stage.call('GET', `/v1/runs?executorLocation=many&cursor=${forged}`), '?cursor');
    }
  });
});
