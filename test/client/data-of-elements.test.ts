import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdirSync, mkdtempSync, openAsBlob, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import type { ClientRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { ChecksumError } from '../../client/download.ts';
import { Taskport } from '../../client/taskport.ts';
import type { PartMemory, TransferProgress } from '../../client/upload.ts';
import { type FaultProxy, startFaultProxy } from '../faults/proxy.ts';
import { useEngines } from '../taskport.ts';
import { type ServedApi, serveApi } from './served-api.ts';

const MIB = 2 ** 20;
const limits = { singlePut: 5 * MIB, part: 2 * MIB };
const directory = mkdtempSync(join(tmpdir(), 'taskport-data-'));

let store: FaultProxy;
let api: ServedApi;
let taskport: Taskport;
beforeAll(async () => {
  store = await startFaultProxy(inject('s3Url'));
  api = await serveApi({ limits });
  // From now on the API's requests for data go through the proxy, including signed ones.
  useEngines(inject('dynamodbUrl'), store.url);
  taskport = new Taskport({ url: api.url, patience: { firstDelayMs: 5 } });
  await taskport.locations.create({ name: 'tasks', kind: 'task' });
});
afterAll(async () => {
  await api.stop();
  await store.stop();
  useEngines();
  rmSync(directory, { recursive: true });
});
afterEach(() => store.clear());

const sha256 = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const fresh = (): string => `task://tasks/${randomBytes(6).toString('hex')}`;
const parts = () =>
  store.requests.filter(({ method, path }) => method === 'PUT' && path.includes('partNumber'));

const fetched = async (id: string): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  await taskport.data.download(id, async (chunk) => void chunks.push(chunk));
  return Buffer.concat(chunks);
};

describe('data of an element', () => {
  it.each([
    ['none at all', 0],
    ['what goes through the API', 1_000],
    ['the most that does', 4 * MIB],
    ['what goes to the store in one piece', 4 * MIB + 1],
    ['parts', 12 * MIB + 7],
  ])('goes there and back: %s', async (_, size) => {
    const [id, bytes] = [fresh(), randomBytes(size)];
    const made = await taskport.data.upload({ id, metadata: { ro: { a: 'b' } } }, bytes);
    expect(made).toMatchObject({
      id,
      state: 'ready',
      size,
      checksum: sha256(bytes),
      metadata: { ro: { a: 'b' } },
    });
    expect((await fetched(id)).equals(bytes)).toBe(true);
  });

  it('comes from a file or a stream, and goes into a file', async () => {
    const bytes = randomBytes(6 * MIB);
    const [from, onto] = [join(directory, 'from'), join(directory, 'onto')];
    writeFileSync(from, bytes);
    const stream = async function* () {
      for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000);
    };
    const ids = [fresh(), fresh()] as const;
    await taskport.data.upload({ id: ids[0] }, from);
    await taskport.data.upload({ id: ids[1] }, stream());
    for (const id of ids) {
      expect(await taskport.data.download(id, onto)).toEqual({ size: bytes.length, checksum: sha256(bytes) });
      expect(readFileSync(onto).equals(bytes)).toBe(true);
    }
    expect((await readdir(directory)).toSorted()).toEqual(['from', 'onto']);
  });

  it('reports its progress, and counts repeated bytes once', async () => {
    const bytes = randomBytes(7 * MIB);
    store.swallow(({ path }) => path.includes('partNumber=2'));
    const told: TransferProgress[] = [];
    await taskport.data.upload({ id: fresh() }, bytes, { onProgress: (progress) => told.push(progress) });
    const sending = told.filter(({ phase }) => phase === 'sending');
    expect(sending.at(-1)).toEqual({ phase: 'sending', done: bytes.length, size: bytes.length });
    expect(Math.max(...sending.map(({ done }) => done))).toBe(bytes.length);
  });

  it('survives lost answers of the store, for parts and whole objects', async () => {
    for (const size of [5 * MIB, 9 * MIB]) {
      const [id, bytes] = [fresh(), randomBytes(size)];
      store.swallow(({ method }) => method === 'PUT', { times: 2 });
      await taskport.data.upload({ id }, bytes);
      store.clear();
      expect((await fetched(id)).equals(bytes)).toBe(true);
    }
  });

  it('continues after an earlier process was stopped, without the parts that it sent', async () => {
    const [id, bytes] = [fresh(), randomBytes(9 * MIB)];
    const known = new Map<string, string>();
    const memory: PartMemory = {
      get: (upload, number) => known.get(`${upload} ${number}`),
      set: (upload, number, etag) => known.set(`${upload} ${number}`, etag),
    };
    const abort = new AbortController();
    const gate = store.hold(({ path }) => path.includes('partNumber=3'));
    const first = taskport.data.upload({ id }, bytes, { memory, parallel: 1, signal: abort.signal });
    first.catch(() => {});
    await gate.reached;
    abort.abort(new Error('killed'));
    await expect(first).rejects.toThrow('killed');
    gate.open();
    store.clear();
    const made = await taskport.data.upload({ id }, bytes, { memory });
    expect(made).toMatchObject({ state: 'ready', checksum: sha256(bytes) });
    expect(
      parts()
        .map(({ path }) => /partNumber=(\d)/.exec(path)?.[1])
        .toSorted(),
    ).toEqual(['3', '4', '5']);
  });

  it('that cannot be read any more is no error of the store', async () => {
    const [path, bytes] = [join(directory, 'gone'), randomBytes(5 * MIB)];
    writeFileSync(path, bytes);
    const data = await openAsBlob(path);
    rmSync(path);
    await expect(taskport.data.upload({ id: fresh(), checksum: sha256(bytes) }, data)).rejects.toMatchObject({
      name: 'NotReadableError',
    });
  });

  it('that exists already is the answer; other data of that name is refused', async () => {
    const [id, bytes] = [fresh(), randomBytes(100)];
    await taskport.data.upload({ id }, bytes);
    expect(await taskport.data.upload({ id }, bytes)).toMatchObject({ id, revision: 1 });
    await expect(taskport.data.upload({ id }, randomBytes(100))).rejects.toMatchObject({
      code: 'name-collision',
    });
  });

  it('is fetched on from an interruption', async () => {
    const [id, bytes] = [fresh(), randomBytes(5 * MIB)];
    await taskport.data.upload({ id }, bytes);
    // The verification is still going on otherwise.
    store.strike(
      { kind: 'reset' },
      ({ method, path }) => method === 'GET' && path.includes('X-Amz-Signature'),
    );
    const asked: ClientRequest[] = [];
    const onStart = (message: unknown) => void asked.push((message as { request: ClientRequest }).request);
    subscribe('http.client.request.start', onStart);
    expect((await fetched(id)).equals(bytes)).toBe(true);
    unsubscribe('http.client.request.start', onStart);
    const ranges = asked
      .filter(({ path }) => path.includes('X-Amz-Signature'))
      .map((request) => request.getHeader('range'));
    // The proxy passes each request unchanged.
    expect(new Set(ranges)).toEqual(new Set([undefined, expect.stringMatching(/^bytes=[1-9]\d*-$/)]));
  });

  it('that does not match the element’s checksum is not left behind', async () => {
    const id = fresh();
    await taskport.data.upload({ id }, randomBytes(1_000));
    const record = await api.storehouse.dependencies.elements.get(id);
    await api.storehouse.dependencies.blobs.put(record?.blob ?? '', randomBytes(1_000));
    const onto = join(directory, 'tampered');
    await expect(taskport.data.download(id, onto)).rejects.toBeInstanceOf(ChecksumError);
    expect((await readdir(directory)).filter((name) => name.startsWith('tampered'))).toEqual([]);
  });

  it.skipIf(process.getuid?.() !== 0)('leaves no file on a full disk', async () => {
    const [id, disk] = [fresh(), join(directory, 'disk')];
    await taskport.data.upload({ id }, randomBytes(3 * MIB));
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]);
    try {
      const onto = join(disk, 'full');
      await expect(taskport.data.download(id, onto)).rejects.toMatchObject({ code: 'ENOSPC' });
      expect(await readdir(disk)).toEqual([]);
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});
