import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTaskport, type Taskport } from '../../taskport.ts';
import {
  bodyOf,
  digest,
  expectInvalid,
  expectProblem,
  makeLocations,
  pathOf,
  sweep,
  tagAt,
  tar,
} from './support.ts';

const HOUR = 3_600_000;

let taskport: Taskport;
let archive: Uint8Array;
beforeAll(async () => {
  taskport = await startTaskport();
  await makeLocations(taskport, 'task', 'image', { name: 'small', kind: 'volume', capacity: 2048 });
  archive = await tar({ 'etc/hostname': 'box\n' });
});
afterAll(() => taskport.stop());

const reserve = (id: string, rest: object = {}) =>
  bodyOf(taskport.call('POST', '/v1/elements', { body: { id, data: { upload: true }, ...rest } }), 201);
const put = (id: string, raw: Uint8Array) => taskport.call('PUT', `${pathOf(id)}/data`, { raw });
const getData = (id: string) => taskport.call('GET', `${pathOf(id)}/data`);
const read = (id: string) => bodyOf(taskport.call('GET', pathOf(id)), 200);

describe('a name reserved for later data', () => {
  it('is pending, and becomes ready with its data', async () => {
    const id = 'image://image/awaited';
    const metadata = { ro: { os: 'linux' }, rw: { stage: 'test' } };
    expect(await reserve(id, { metadata })).toMatchObject({ state: 'pending', revision: 1, metadata });
    expectProblem(await getData(id), 409, 'invalid-state', { state: 'pending' });

    const answer = await put(id, archive);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('etag')).toMatch(tagAt(2));
    const expected = { state: 'ready', revision: 2, metadata, size: archive.length, unpackedSize: 4 };
    expect(answer.body).toMatchObject({ ...expected, checksum: digest('sha256', archive) });
    expect(await read(id)).toEqual(answer.body);
    const { headers } = await getData(id);
    const served = await fetch(headers.get('location') as string);
    expect(Buffer.from(await served.arrayBuffer())).toEqual(Buffer.from(archive));

    expectProblem(await put(id, archive), 409, 'invalid-state', { state: 'ready' });
    expect(await read(id)).toEqual(answer.body);
  });

  it('is taken: another caller cannot use it', async () => {
    await reserve('task://task/taken');
    const body = { id: 'task://task/taken' };
    expectProblem(await taskport.call('POST', '/v1/elements', { body }), 409, 'name-collision');
  });

  it('keeps the announced checksum and size, and accepts no other data', async () => {
    const id = 'task://task/exact';
    const bytes = Buffer.from('exactly this');
    const said = { checksum: digest('sha512', bytes), size: bytes.length };
    expect(await reserve(id, said)).toMatchObject(said);
    const [expected, actual] = [said.checksum, digest('sha512', Buffer.from('exactly that'))];
    expectProblem(await put(id, Buffer.from('exactly that')), 422, 'checksum-mismatch', { expected, actual });
    expectProblem(await put(id, Buffer.from('other')), 400, 'data-error', { expected: 12, actual: 5 });
    expect(await read(id)).toMatchObject({ state: 'pending', revision: 1 });
    expect(await bodyOf(put(id, bytes), 200)).toMatchObject({ state: 'ready', ...said });
  });

  it('accepts no data that its kind cannot have', async () => {
    const id = 'image://image/picky';
    await reserve(id);
    expectProblem(await put(id, Buffer.from('no archive')), 415, 'unsupported-data-format');
    expectProblem(await put(id, new Uint8Array(0)), 415, 'unsupported-data-format');
    const limit = 4 * 1024 * 1024;
    expectProblem(await put(id, Buffer.alloc(limit + 1)), 413, 'payload-too-large', { limit });
    expect(await read(id)).toMatchObject({ state: 'pending', revision: 1 });
  });

  it('gets the data of one of many concurrent callers', async () => {
    const id = 'task://task/contested';
    await reserve(id);
    const offers = Array.from({ length: 6 }, (_, at) => Buffer.from(`offer ${at}`));
    const answers = await Promise.all(offers.map((offer) => put(id, offer)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const { status, body } of answers.filter((answer) => answer.status !== 200)) {
      expect(`${status} ${body.code}`).toMatch(/^409 invalid-state$|^412 revision-mismatch$/);
    }
    const { checksum, revision } = await read(id);
    const winner = answers.findIndex(({ status }) => status === 200);
    expect([checksum, revision]).toEqual([digest('sha256', offers[winner] as Buffer), 2]);
  });

  it('can be changed and deleted while it is pending', async () => {
    const id = 'task://task/tuned';
    await reserve(id);
    const body = { metadata: { rw: { a: 'b' } } };
    expect(await bodyOf(taskport.call('PATCH', pathOf(id), { body }), 200)).toMatchObject({ revision: 2 });
    expect(await bodyOf(put(id, Buffer.from('x')), 200)).toMatchObject({
      revision: 3,
      metadata: body.metadata,
    });
    await reserve('task://task/dropped');
    await bodyOf(taskport.call('DELETE', pathOf('task://task/dropped')), 204);
    expectProblem(await put('task://task/dropped', Buffer.from('x')), 404, 'not-found');
  });

  it('disappears if its data never comes, and its space is free again', async () => {
    const id = 'volume://small/forgotten';
    await reserve(id, { freeSpace: 2000 });
    await sweep(taskport, 23 * HOUR);
    expect(await read(id)).toMatchObject({ state: 'pending' });
    await sweep(taskport, 25 * HOUR);
    expectProblem(await taskport.call('GET', pathOf(id)), 404, 'not-found');
    const body = { id: 'volume://small/next', freeSpace: 2048 };
    expect((await taskport.call('POST', '/v1/elements', { body })).status).toBe(201);
    await bodyOf(taskport.call('DELETE', pathOf('volume://small/next')), 204);
  });

  it('that became ready stays, however long ago it was reserved', async () => {
    const id = 'task://task/kept';
    await reserve(id);
    await bodyOf(put(id, Buffer.from('kept')), 200);
    await sweep(taskport, 48 * HOUR);
    expect(await read(id)).toMatchObject({ state: 'ready' });
    const { headers } = await getData(id);
    expect((await fetch(headers.get('location') as string)).status).toBe(200);
  });

  it('keeps the space for the announced size, in spite of other changes', async () => {
    const id = 'volume://small/sized';
    const size = 1024 * 1024;
    expect(await reserve(id, { size })).toMatchObject({ capacity: 1024 });
    const body = { freeSpace: 10 };
    expect(await bodyOf(taskport.call('PATCH', pathOf(id), { body }), 200)).toMatchObject({ capacity: 1034 });
    await bodyOf(taskport.call('DELETE', pathOf(id)), 204);
  });
});

describe('a request for an upload', () => {
  it.each([{ upload: false }, { upload: 'yes' }, { upload: true, base64: '' }, {}, null, 'upload', []])(
    'must be valid: %j',
    async (data) => {
      const answer = await taskport.call('POST', '/v1/elements', { body: { id: 'task://task/x', data } });
      expectInvalid(answer, 'data');
    },
  );

  it('accepts a size of at most 32 GiB', async () => {
    expect(await reserve('task://task/vast', { size: 32 * 2 ** 30 })).toMatchObject({ size: 32 * 2 ** 30 });
    for (const size of [32 * 2 ** 30 + 1, -1, 1.5, '5']) {
      const body = { id: 'task://task/x', data: { upload: true }, size };
      expectInvalid(await taskport.call('POST', '/v1/elements', { body }), 'size');
    }
  });
});
