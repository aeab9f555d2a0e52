import { beforeEach, describe, expect, inject, it } from 'vitest';
import { type Answer, type Api, apiOn } from './api.ts';
import { openStores, type Stores } from './stores.ts';

/** Concurrent callers; `npm run bench -- joins` uses a thousand. DynamoDB Local is too slow for these. */
const CROWD = 200;
/** Processes of the callers. One process has fifty connections, and a call that waits too long for one fails. */
const PROCESSES = 8;

const image = { id: 'image://library/popular', mount: { path: '/' } };

const times = <T>(count: number, call: (at: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, at) => call(at)));

const countBy = (answers: readonly Answer[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { status, body } of answers) {
    const name = body?.code ?? String(status);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
};

describe('compositions with many concurrent callers', () => {
  let stores: Stores;
  let api: Api;

  /** Makes executors, and answers a handle on the composition of each. */
  const openExecutors = async (count: number): Promise<string[]> => {
    const executorId = (at: number) => `executor://hosts/e${at}`;
    await times(count, (at) => api('POST /elements', { id: executorId(at) }));
    const opened = await times(count, (at) => api('POST /compositions', { executorId: executorId(at) }));
    return opened.map(({ body }) => body.handle);
  };
  const references = async () => (await stores.elements.references(image.id, 2 * CROWD)).items;

  beforeEach(async () => {
    stores = await openStores(inject('dynamodbUrl'));
    const processes = Array.from({ length: PROCESSES }, () => apiOn(stores.through(inject('dynamodbUrl'))));
    let calls = 0;
    api = (...call) => {
      calls += 1;
      return (processes[calls % PROCESSES] as Api)(...call);
    };
    await api('POST /locations', { name: 'hosts', kind: 'executor' });
    await api('POST /locations', { name: 'library', kind: 'image' });
    await api('POST /elements', { id: image.id });
  });

  it('join one image to every executor without a failure', async () => {
    const handles = await openExecutors(CROWD);
    const answers = await times(CROWD, (at) => api(`POST /compositions/${handles[at]}/join`, image));
    expect(countBy(answers)).toEqual({ 200: CROWD });
    expect(await references()).toHaveLength(CROWD);
    expect((await api('DELETE /elements/image/library/popular')).body.code).toBe('in-use');
  });

  it('let one of the callers with the same handle succeed, and refuse the others', async () => {
    const [handle] = await openExecutors(1);
    const answers = await times(CROWD, (at) =>
      api(`POST /compositions/${handle}/join`, { ...image, mount: { path: `/${at}` } }),
    );
    expect(countBy(answers)).toEqual({ 200: 1, 'stale-handle': CROWD - 1 });
    const winner = answers.find(({ status }) => status === 200);
    expect((await api(`GET /compositions/${winner?.body.handle}`)).body).toEqual(winner?.body);
    expect(await references()).toEqual([{ id: 'executor://hosts/e0', kind: 'composition' }]);
  });

  it('are created once for each executor, however many callers open it', async () => {
    await api('POST /elements', { id: 'executor://hosts/one' });
    const answers = await times(CROWD, () =>
      api('POST /compositions', { executorId: 'executor://hosts/one' }),
    );
    expect(countBy(answers)).toEqual({ 201: CROWD });
    expect(new Set(answers.map(({ body }) => body.handle)).size).toBe(1);
  });
});
