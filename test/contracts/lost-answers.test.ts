import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../faults/proxy.ts';
import { apiOn } from './api.ts';
import { compositionOperations } from './composition-operations.ts';
import {
  aftermathOf,
  aftermathUndisturbed,
  arranged,
  elementPath,
  operations,
  runUndisturbed,
} from './operations.ts';
import { aCaller, aLocation, inMs, text } from './records.ts';
import { isWrite, type Stores } from './stores.ts';

/** Runs during the SDK caller's wait before a retry; the tests do not wait. */
const pause = vi.hoisted(() => ({ during: async (): Promise<unknown> => undefined }));
vi.mock('node:timers/promises', async (original) => ({
  ...(await original<object>()),
  setTimeout: async () => {
    const { during } = pause;
    pause.during = async () => undefined;
    await during();
  },
}));

const everyOperation = [...operations, ...compositionOperations];

const writes = ({ operation }: { operation: string }): boolean => isWrite(operation);

describe('lost answers of the metadata engine', () => {
  let proxy: FaultProxy;
  beforeAll(async () => {
    proxy = await startFaultProxy(inject('dynamodbUrl'));
  });
  afterAll(() => proxy.stop());

  const named = (name: string) => {
    const operation = operations.find((one) => one.name === name);
    if (!operation) throw new Error(`there is no operation ${name}`);
    return operation;
  };

  it.each(everyOperation)('have no visible effect, whichever is lost: $name', async (operation) => {
    const { aftermath, writes: all } = await runUndisturbed(inject('dynamodbUrl'), operation);
    expect(aftermath.status).toBe(operation.status);
    for (let nth = 1; nth <= all; nth += 1) {
      const stores = await arranged(inject('dynamodbUrl'), operation);
      proxy.clear();
      proxy.swallow(writes, { nth });
      const answer = await operation.call(apiOn(stores.through(proxy.url)));
      expect({ nth, ...(await aftermathOf(stores, answer)) }).toEqual({ nth, ...aftermath });
      // The lost one is repeated.
      expect(proxy.requests.filter(writes).length).toBeGreaterThan(nth);
    }
    proxy.clear();
  });

  it.each(everyOperation)('have no visible effect, even if each is lost once: $name', async (operation) => {
    const stores = await arranged(inject('dynamodbUrl'), operation);
    const seen = new Set<string>();
    proxy.clear();
    proxy.swallow(
      (request) => {
        const { ClientRequestToken, Key, Item, ExpressionAttributeValues } = request.body as Record<
          string,
          object
        >;
        const same = JSON.stringify(
          ClientRequestToken ?? Key ?? Item ?? ExpressionAttributeValues ?? request.body,
        );
        return seen.size < seen.add(request.operation + same).size;
      },
      { times: Number.POSITIVE_INFINITY },
    );
    const answer = await operation.call(apiOn(stores.through(proxy.url)));
    proxy.clear();
    expect(await aftermathOf(stores, answer)).toEqual(
      await aftermathUndisturbed(inject('dynamodbUrl'), operation),
    );
  });

  describe('with another write before the retry', () => {
    type Fault = 'swallow' | 'refuse';
    const disturbed = async (
      name: string,
      fault: Fault,
      another: (stores: Stores) => Promise<unknown>,
      nth = 1,
    ) => {
      const operation = named(name);
      const stores = await arranged(inject('dynamodbUrl'), operation);
      proxy.clear();
      proxy[fault](writes, { nth });
      pause.during = () => another(stores);
      const answer = await operation.call(apiOn(stores.through(proxy.url)));
      proxy.clear();
      return { stores, answer, read: () => apiOn(stores)(`GET ${elementPath}`) };
    };
    const patch = (note: string) => async (stores: Stores) => {
      const { status } = await apiOn(stores)(`PATCH ${elementPath}`, { metadata: { rw: { tier: note } } });
      expect(status).toBe(200);
    };
    const remove = (path: string) => async (stores: Stores) => {
      expect((await apiOn(stores)(`DELETE ${path}`)).status).toBe(204);
    };

    it.each(['an update of metadata', 'an update of the revision that is there'])(
      'answer a conflict and keep the other’s change: %s',
      async (name) => {
        const { answer, read } = await disturbed(name, 'swallow', patch('theirs'));
        expect([answer.status, answer.body.code]).toEqual([412, 'revision-mismatch']);
        expect((await read()).body).toMatchObject({ revision: 3, metadata: { rw: { tier: 'theirs' } } });
      },
    );

    it('keep the other’s change even after a long time', async () => {
      const slow = (stores: Stores) =>
        stores.elements.updateMetadata({
          id: elementPath.replace('/elements/volume/', 'volume://'),
          location: aLocation({ name: 'volumes', kind: 'volume', indexed: ['rw.tier'] }),
          patch: text({ tier: 'theirs' }),
          caller: aCaller(),
          at: inMs(-4_000),
        });
      const { answer, read } = await disturbed('an update of metadata', 'swallow', slow);
      expect(answer.body.code).toBe('revision-mismatch');
      expect((await read()).body).toMatchObject({ revision: 3, metadata: { rw: { tier: 'theirs' } } });
    });

    it('keep the changes of several others', async () => {
      const { answer, read } = await disturbed('an update of metadata', 'swallow', async (stores) => {
        await patch('theirs')(stores);
        await patch('and theirs')(stores);
      });
      expect(answer.body.code).toBe('revision-mismatch');
      expect((await read()).body).toMatchObject({ revision: 4, metadata: { rw: { tier: 'and theirs' } } });
    });

    it('find no element that the other has deleted', async () => {
      const { answer, read } = await disturbed('an update of metadata', 'swallow', remove(elementPath));
      expect(answer.body.code).toBe('not-found');
      expect((await read()).status).toBe(404);
    });

    it('do not repeat a change that another has changed since: an update of free space', async () => {
      const { answer, read } = await disturbed('an update of free space', 'swallow', patch('theirs'));
      expect([200, 412]).toContain(answer.status);
      expect((await read()).body).toMatchObject({
        revision: 3,
        freeSpace: 77,
        metadata: { rw: { tier: 'theirs' } },
      });
    });

    it('do not create an element again that the other has deleted', async () => {
      const path = '/elements/log/logs/element';
      const { answer, stores } = await disturbed('a create', 'swallow', remove(path));
      expect([201, 409]).toContain(answer.status);
      expect((await apiOn(stores)(`GET ${path}`)).status).toBe(404);
    });

    it.each([
      ['a create with data where space is counted', 3],
      ['a create with a key', 1],
      ['a create under a parent', 4],
    ])('do not create an element again that the other has deleted: %s', async (name, nth) => {
      const { answer, read } = await disturbed(name, 'swallow', remove(elementPath), nth);
      expect([201, 409]).toContain(answer.status);
      expect((await read()).status).toBe(404);
    });

    it('recognise their own element although the other has changed it', async () => {
      const { answer, stores } = await disturbed('a create', 'swallow', async (others) => {
        await apiOn(others)('PATCH /elements/log/logs/element', { metadata: { rw: { tier: 'theirs' } } });
      });
      expect(answer.status).toBe(201);
      const { body } = await apiOn(stores)('GET /elements/log/logs/element');
      expect(body).toMatchObject({ revision: 2, metadata: { rw: { tier: 'theirs' } } });
    });

    it('do not delete a later element', async () => {
      const recreate = async (stores: Stores) => {
        const { status } = await apiOn(stores)('POST /elements', {
          id: elementPath.replace('/elements/volume/', 'volume://'),
        });
        expect(status).toBe(201);
      };
      const { answer, read } = await disturbed('a delete', 'swallow', recreate, 2);
      expect(answer.status).toBe(204);
      expect((await read()).body).toMatchObject({ revision: 1, metadata: { rw: {} } });
    });

    it('apply a change that was not stored on top of the other’s change', async () => {
      const { answer, read } = await disturbed('an update of metadata', 'refuse', patch('theirs'));
      expect(answer.status).toBe(200);
      expect((await read()).body).toMatchObject({
        revision: 3,
        metadata: { rw: { tier: 'lead', new: 'y' } },
      });
    });
  });
});
