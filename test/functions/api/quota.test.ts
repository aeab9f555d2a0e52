import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createApp } from '../../../functions/api/app.ts';
import { createQuota } from '../../../functions/dependencies.ts';
import { startTaskport, type Taskport } from '../../taskport.ts';

let taskport: Taskport;
beforeAll(async () => {
  taskport = await startTaskport();
});
afterAll(() => taskport.stop());

let now = Date.parse('2026-01-01T00:00:15Z');
/** Each test uses its own hour. */
beforeEach(() => {
  now += 3_600_000;
});

/** The API for one principal, with a quota of three calls a minute. */
const as = (principal: string) => {
  const quota = { ...createQuota(taskport, 3), now: () => now };
  const app = createApp(taskport.dependencies, { localPrincipal: principal, quota, log: () => {} });
  return async (path = '/v1/locations'): Promise<Response> => app.request(path);
};
const statuses = async (calls: Promise<Response>[]): Promise<number[]> =>
  (await Promise.all(calls)).map(({ status }) => status).sort();

it('lets a principal make a fixed number of calls a minute, and states when to continue', async () => {
  const call = as('greedy');
  expect(await statuses([call(), call(), call()])).toEqual([200, 200, 200]);
  const refused = await call();
  expect(refused.status).toBe(429);
  expect(refused.headers.get('retry-after')).toBe('45');
  expect(await refused.json()).toMatchObject({ code: 'too-many-requests', limit: 3 });
  now += 45_000;
  expect((await call()).status).toBe(200);
});

it('also limits concurrent calls, without affecting other principals', async () => {
  const call = as('hasty');
  const asked = Array.from({ length: 12 }, () => call());
  expect((await statuses(asked)).filter((status) => status === 200)).toHaveLength(3);
  expect((await as('patient')()).status).toBe(200);
});

it('counts calls that are refused for another reason, but not health checks', async () => {
  const call = as('curious');
  await Promise.all(Array.from({ length: 5 }, () => call('/v1/health')));
  expect(await statuses([call('/v1/nowhere'), call('/v1/nowhere'), call('/v1/nowhere'), call()])).toContain(
    429,
  );
});

it('is off by default', async () => {
  const app = createApp(taskport.dependencies, { localPrincipal: 'free', log: () => {} });
  for (let n = 0; n < 5; n += 1) expect((await app.request('/v1/locations')).status).toBe(200);
});
