import { beforeAll, describe, expect, it } from 'vitest';
import { defined } from '../../lib/defined.ts';
import { type Answer, type Api, apiOn } from './api.ts';
import { fresh } from './records.ts';
import { spaceLeft } from './space-left.ts';
import { type Engine, useStores } from './stores.ts';

const countBy = (answers: readonly Answer[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { status, body } of answers) {
    const name = body?.code ?? String(status);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
};

const times = (count: number, call: (at: number) => Promise<Answer>): Promise<Answer[]> =>
  Promise.all(Array.from({ length: count }, (_, at) => call(at)));

/** The contract for concurrent callers. */
export const concurrencyContract = (engine: Engine): void => {
  describe('concurrent callers', () => {
    const open = useStores(engine);
    let api: Api;
    let place: string;
    beforeAll(async () => {
      api = apiOn(open());
      place = fresh('crowd');
      await api('POST /locations', { name: place, kind: 'volume' });
    });

    it('get a name once: one of two hundred succeeds, and the others get a collision', async () => {
      const id = `volume://${place}/${fresh('one')}`;
      const answers = await times(200, (at) =>
        api('POST /elements', { id, metadata: { ro: { at: String(at) } } }),
      );
      expect(countBy(answers)).toEqual({ 201: 1, 'name-collision': 199 });
      const winner = answers.find(({ status }) => status === 201);
      const { body } = await api(`GET /elements/${id.replace('://', '/')}`);
      expect(body).toEqual(winner?.body);
    });

    it('get one effect from twenty requests with one key', async () => {
      const id = `volume://${place}/${fresh('key')}`;
      const answers = await times(20, () => api('POST /elements', { id }, { 'idempotency-key': id }));
      expect(countBy(answers)).toEqual({ 201: 20 });
      expect(answers.filter(({ headers }) => !headers.has('idempotency-replayed'))).toHaveLength(1);
      expect(new Set(answers.map(({ body }) => body.createdAt)).size).toBe(1);
    });

    it('lose no change of free space or metadata: each is made, or answered with a conflict', async () => {
      const path = `/elements/volume/${place}/${fresh('space')}`;
      await api('POST /elements', { id: path.replace('/elements/volume/', 'volume://') });
      const [spaces, keys] = await Promise.all([
        times(10, (at) => api(`PATCH ${path}`, { freeSpace: at + 1, metadata: { rw: { [`s${at}`]: 'x' } } })),
        times(10, (at) => api(`PATCH ${path}`, { metadata: { rw: { [`k${at}`]: 'x' } } })),
      ]);
      for (const { status } of spaces) expect([200, 412]).toContain(status);
      expect(countBy(keys)).toEqual({ 200: 10 });
      const landed = [...spaces, ...keys].filter(({ status }) => status === 200);
      expect(landed.map(({ body }) => body.revision).sort((a, b) => a - b)).toEqual(
        landed.map((_, at) => at + 2),
      );
      const last = spaces
        .filter(({ status }) => status === 200)
        .sort((a, b) => b.body.revision - a.body.revision)[0];
      const { body } = await api(`GET ${path}`);
      expect(body).toMatchObject({ revision: landed.length + 1, freeSpace: last?.body.freeSpace });
      const expected = [
        ...keys.map((_, at) => `k${at}`),
        ...spaces.flatMap(({ status }, at) => (status === 200 ? [`s${at}`] : [])),
      ];
      expect(Object.keys(body.metadata.rw).sort()).toEqual(expected.sort());
    });

    it('never get more space than a location has, and freed space is available again', async () => {
      const counted = fresh('counted');
      await api('POST /locations', { name: counted, kind: 'volume', capacity: 1_000 });
      const available = async () => spaceLeft(await open().rows(), counted);
      const answers = await times(30, (at) =>
        api('POST /elements', { id: `volume://${counted}/v${at}`, freeSpace: 100 }),
      );
      expect(countBy(answers)).toEqual({ 201: 10, 'insufficient-space': 20 });
      expect(await available()).toBe(0);
      const there = answers.filter(({ status }) => status === 201).map(({ body }) => body.name);
      const removed = await times(20, (at) => api(`DELETE /elements/volume/${counted}/${there[at % 10]}`));
      expect(countBy(removed)).toEqual({ 204: 10, 'not-found': 10 });
      expect(await available()).toBe(1_000);
    });

    it('create a hundred children of one parent', async () => {
      const parentId = `volume://${place}/${fresh('popular')}`;
      await api('POST /elements', { id: parentId });
      const answers = await times(100, (at) => api('POST /elements', { id: `${parentId}.${at}`, parentId }));
      expect(countBy(answers)).toEqual({ 201: 100 });
      const refused = await api(`DELETE /elements/${parentId.replace('://', '/')}`);
      expect(refused.body).toMatchObject({ code: 'in-use', hidden: 0 });
      expect(refused.body.references).toHaveLength(100);
    });

    it('change a location one after another', async () => {
      const name = fresh('policy');
      await api('POST /locations', { name, kind: 'log' });
      const policies = ['read-write', 'create-only', 'read-only'];
      const answers = await times(9, (at) => api(`PATCH /locations/${name}`, { policy: policies[at % 3] }));
      const landed = answers.filter(({ status }) => status === 200).length;
      expect(countBy(answers)).toEqual(
        defined({ 200: landed, 'revision-mismatch': landed < 9 ? 9 - landed : undefined }),
      );
      expect((await api(`GET /locations/${name}`)).body.revision).toBe(1 + landed);
    });
  });
};
