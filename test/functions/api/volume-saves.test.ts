/** After an unbind and a save, a volume has the data that its tasks wrote; until then no other executor can write to it. */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Writer, writtenPath } from '../../saving.ts';
import { openStorehouse, type Storehouse } from '../../storehouse.ts';
import {
  announce,
  archiveOf,
  digest,
  download,
  expectNothingLeft,
  HOUR,
  MINUTE,
  overtaking,
  pathOf,
  read,
  sendAll,
  someArchive,
  upload,
} from '../../uploading.ts';
import { expectInvalid, expectProblem } from './support.ts';

let storehouse: Storehouse;
let first: Uint8Array;
let second: Uint8Array;
beforeAll(async () => {
  storehouse = await openStorehouse();
  for (const location of [
    { name: 'runs', kind: 'executor' },
    { name: 'volumes', kind: 'volume' },
    { name: 'small', kind: 'volume', capacity: 8 },
  ]) {
    expect((await storehouse.call('POST', '/v1/locations', location)).status).toBe(201);
  }
  first = await someArchive(1000);
  second = await someArchive(5000);
});

const used: string[] = [];
const writers: Writer[] = [];
/** Everything leaves and is deleted; the stores must then be empty. */
afterEach(async () => {
  for (const { composer } of writers.splice(0)) {
    await composer.open();
    await composer.attempt('unbind', { discard: true });
    for (const id of composer.ids()) await composer.leave(id);
  }
  await expectNothingLeft(storehouse, ...used.splice(0).reverse());
});

const fresh = (place: string): string => {
  const id = `${place}/${randomBytes(6).toString('hex')}`;
  used.push(id);
  return id;
};
const make = async (place = 'volume://volumes'): Promise<string> => {
  const id = fresh(place);
  await upload(storehouse, id, first);
  await storehouse.verify();
  return id;
};
const writerOn = async (engine?: string): Promise<Writer> => {
  const executorId = fresh('executor://runs');
  expect((await storehouse.call('POST', '/v1/elements', { id: executorId })).status).toBe(201);
  const writer = new Writer(storehouse, executorId, engine);
  writers.push(writer);
  await writer.composer.open();
  return writer;
};
const child = async (parentId: string) => {
  const id = fresh('volume://volumes');
  return storehouse.call('POST', '/v1/elements', { id, parentId });
};
const attachmentOf = (id: string) => storehouse.call('GET', `${pathOf(id)}/attachment`);
const member = (writer: Writer, id: string) => writer.composer.open().then((composer) => composer.member(id));

describe('writes to a volume', () => {
  it('become its data after they are sent and verified, and others may then have it', async () => {
    const [volume, writer, other] = [await make(), await writerOn(), await writerOn()];
    await writer.write(volume);
    const saving = {
      attachment: expect.any(String),
      round: 1,
      engine: 'engine-1',
      since: expect.any(String),
    };
    expect(await member(writer, volume)).toMatchObject({ bound: false, saving });
    expect(await attachmentOf(volume)).toMatchObject({
      status: 200,
      body: { state: 'saving', executorId: writer.composer.executorId, base: digest('sha256', first) },
    });
    await writer.send(volume, second);
    expect(await download(storehouse, volume)).toEqual(Buffer.from(first));
    await storehouse.verify();
    expect(await download(storehouse, volume)).toEqual(Buffer.from(second));
    expect(await read(storehouse, volume)).toMatchObject({
      body: { state: 'ready', unpackedSize: 5000, capacity: 5 },
    });
    const {
      saving: none,
      settled,
      attachment,
    } = (await member(writer, volume)) as never as Record<string, object>;
    expect([none, attachment]).toEqual([undefined, undefined]);
    expect(settled).toMatchObject({ outcome: 'saved', checksum: digest('sha256', second) });
    expectProblem(await attachmentOf(volume), 404, 'not-found');
    await other.attach(volume);
    expect(await attachmentOf(volume)).toMatchObject({ body: { base: digest('sha256', second), round: 1 } });
    await writer.composer.leave(volume);
  });

  it('leave no upload in parts if others overtake them', async () => {
    const [volume, writer] = [await make(), await writerOn()];
    await writer.write(volume);
    const { answers, begun, aborted } = await overtaking(
      storehouse,
      () => writer.begin(volume, first),
      () => writer.begin(volume, second),
    );
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    // The overtaken request began again.
    expect(begun).toHaveLength(3);
    expect(begun.slice(0, 2)).toEqual(expect.arrayContaining(aborted));
    expect(aborted).toHaveLength(1);
  });

  it('are empty if no engine had the volume, or nothing changed: the volume is free', async () => {
    const [volume, writer] = [await make(), await writerOn()];
    await writer.attach(volume);
    await writer.composer.unbind(volume);
    expectProblem(await attachmentOf(volume), 404, 'not-found');
    await writer.composer.bind(volume);
    await writer.claim(volume);
    await writer.composer.unbind(volume);
    const said = (await writer.read(volume)).body;
    const unchanged = await writer.save(volume, { unchanged: true });
    expect(unchanged).toMatchObject({
      status: 200,
      body: { attachment: said.attachment, outcome: 'unchanged' },
    });
    // The answer was lost; a repeated report has the same effect.
    const again = { attachment: said.attachment, round: said.round, unchanged: true };
    expect(await writer.save(volume, again)).toMatchObject({ status: 200, body: unchanged.body });
    await writer.composer.leave(volume);
    expect(await download(storehouse, volume)).toEqual(Buffer.from(first));
  });

  it('block the volume for others until it is saved; the refusal names the holder and a remedy', async () => {
    const [volume, writer, other, reader] = [
      await make(),
      await writerOn(),
      await writerOn(),
      await writerOn(),
    ];
    await other.composer.mount(volume, '/data');
    await reader.composer.mount(volume, '/data', { readOnly: true });
    const holder = { executorId: writer.composer.executorId };
    const refused = async (): Promise<void> => {
      expectProblem(await other.composer.attempt('bind', { id: volume }), 409, 'volume-attached', holder);
      expectProblem(await child(volume), 409, 'volume-attached', holder);
      expectProblem(await storehouse.call('DELETE', pathOf(volume)), 409, 'volume-attached', holder);
      const body = { size: 700, checksum: digest('sha256', second) };
      expectProblem(
        await storehouse.call('POST', `${pathOf(volume)}/data/upload`, body),
        409,
        'volume-attached',
        holder,
      );
    };
    await writer.attach(volume);
    await refused();
    expectProblem(await storehouse.call('DELETE', `${pathOf(volume)}/attachment`), 409, 'in-use');
    await writer.claim(volume);
    await writer.composer.unbind(volume);
    await refused();
    const left = await writer.composer.attempt('leave', { id: volume });
    expectProblem(left, 409, 'volume-attached', holder);
    expect(left.body.detail).toContain('discard');
    // A reader has the last saved data.
    await reader.composer.bind(volume);
    await reader.composer.unbind(volume);
    await writer.begin(volume, second);
    for (const [method, path] of [
      ['GET', 'upload'],
      ['POST', 'complete'],
    ] as const) {
      expectProblem(
        await storehouse.call(method, `${pathOf(volume)}/data/${path}`),
        409,
        'volume-attached',
        holder,
      );
    }
    await refused();
    await other.composer.leave(volume);
  });

  it('continue if the same executor binds again, and reports from before are refused', async () => {
    const [volume, writer] = [await make(), await writerOn()];
    await writer.write(volume);
    const { attachment, round } = (await writer.read(volume)).body;
    await writer.send(volume, second);
    await writer.composer.bind(volume);
    expect((await writer.read(volume)).body).toMatchObject({
      attachment,
      round: 2,
      state: 'attached',
      engine: 'engine-1',
    });
    const late = { attachment, round };
    expectProblem(await writer.save(volume, { ...late, unchanged: true }), 409, 'invalid-state', {
      state: 'attached',
    });
    await storehouse.verify();
    await writer.composer.unbind(volume);
    expectProblem(await writer.save(volume, { ...late, unchanged: true }), 409, 'invalid-state', {
      state: 'saving',
    });
    expectProblem(await writer.begin(volume, second, late), 409, 'invalid-state');
    expectProblem(await writer.complete(volume, late), 409, 'invalid-state');
    expectProblem(await writer.complete(volume), 409, 'invalid-state');
    expect(await download(storehouse, volume)).toEqual(Buffer.from(first));
    await writer.send(volume, second);
    await storehouse.verify();
    expect(await download(storehouse, volume)).toEqual(Buffer.from(second));
  });

  it('are protected in the same way if a composition in one call binds the volume', async () => {
    const [volume, parent, writer] = [await make(), await make(), await writerOn()];
    const { executorId } = writer.composer;
    const compose = (id: string, more: object = {}) =>
      storehouse.call('POST', '/v1/compositions', {
        executorId,
        members: [{ id, mount: { path: '/data' } }],
        bind: true,
        handle: writer.composer.handle,
        ...more,
      });
    expect((await child(parent)).status).toBe(201);
    expectProblem(await compose(parent), 409, 'in-use');
    expect(await attachmentOf(parent)).toMatchObject({ status: 404 });
    expect((await compose(volume)).status).toBe(201);
    const base = digest('sha256', first);
    expect(await attachmentOf(volume)).toMatchObject({ body: { state: 'attached', round: 1, base } });
    expectProblem(await child(volume), 409, 'volume-attached');
    await writer.claim(volume);
    await writer.composer.open();
    await writer.composer.unbind(volume);
    const { composer: other } = await writerOn();
    const taken = { executorId: other.executorId, handle: other.handle };
    expectProblem(await compose(volume, taken), 409, 'volume-attached', { executorId });
    // The same executor continues with its unsaved writes.
    expect((await compose(volume, { members: [], handle: writer.composer.handle })).status).toBe(201);
    expect(await attachmentOf(volume)).toMatchObject({ body: { state: 'attached', round: 2, base } });
  });

  it('delay a close, or are discarded on request', async () => {
    const close = ({ composer }: Writer, query = '') =>
      storehouse.call('DELETE', `/v1/compositions/${composer.handle}${query}`);
    for (const isDiscarded of [false, true]) {
      const [volume, writer] = [await make(), await writerOn()];
      await writer.write(volume);
      const waits = await close(writer, '?executor=delete');
      expect(waits).toMatchObject({
        status: 202,
        body: { composition: { closing: { executor: 'delete' } } },
      });
      expect(waits.body.composition.closing.waitsFor).toMatchObject([{ id: volume, why: 'saving' }]);
      await storehouse.sweep(2 * MINUTE);
      expect(await attachmentOf(volume)).toMatchObject({ body: { state: 'saving' } });
      if (isDiscarded) expect((await close(writer, '?executor=delete&discard=true')).status).toBe(204);
      else {
        await writer.send(volume, second);
        await storehouse.verify();
        await storehouse.sweep(HOUR);
      }
      expect((await read(storehouse, writer.composer.executorId)).status).toBe(404);
      writers.pop();
      expect(await download(storehouse, volume)).toEqual(Buffer.from(isDiscarded ? first : second));
    }
  });

  it('belong to one engine: no other starts tasks with the volume, or reports writes', async () => {
    const [volume, writer] = [await make(), await writerOn()];
    await writer.attach(volume);
    expect(await writer.claim(volume)).toMatchObject({ status: 200, body: { engine: 'engine-1' } });
    expect(await writer.claim(volume)).toMatchObject({ status: 200, body: { engine: 'engine-1' } });
    const elsewhere = { engine: 'engine-1' };
    expectProblem(await writer.claim(volume, { engine: 'engine-2' }), 409, 'volume-elsewhere', elsewhere);
    await writer.composer.unbind(volume);
    expectProblem(await writer.claim(volume), 409, 'invalid-state', { state: 'saving' });
    const other = { engine: 'engine-2', unchanged: true };
    expectProblem(await writer.save(volume, other), 409, 'volume-elsewhere', elsewhere);
  });

  it('are discarded by an unbind that requests it, before or after the save', async () => {
    const [volume, writer] = [await make(), await writerOn()];
    for (const isUnbound of [false, true]) {
      await writer.composer.open();
      if (!isUnbound) await writer.composer.mount(volume, '/data');
      await writer.composer.bind(volume);
      await writer.claim(volume);
      const { attachment, round } = (await writer.read(volume)).body;
      if (isUnbound) {
        await writer.composer.unbind(volume);
        await writer.begin(volume, second);
      }
      expect((await writer.composer.attempt('unbind', { id: volume, discard: true })).status).toBe(200);
      expectProblem(await attachmentOf(volume), 404, 'not-found');
      const settled = { attachment, outcome: 'discarded' };
      const said = { attachment, round, unchanged: true };
      expectProblem(await writer.save(volume, said), 409, 'not-attached', { settled });
    }
    expect((await read(storehouse, volume)).body.problem).toBeUndefined();
    expect(await download(storehouse, volume)).toEqual(Buffer.from(first));
    await writer.composer.leave(volume);
  });

  it('are discarded by a release, even during the verification', async () => {
    for (const isRead of [false, true]) {
      const [volume, writer] = [await make(), await writerOn()];
      await writer.write(volume);
      const { attachment } = (await writer.read(volume)).body;
      if (isRead) await writer.send(volume, second);
      expect((await storehouse.call('DELETE', `${pathOf(volume)}/attachment`)).status).toBe(204);
      expectProblem(await storehouse.call('DELETE', `${pathOf(volume)}/attachment`), 404, 'not-found');
      await storehouse.verify();
      expect(await download(storehouse, volume)).toEqual(Buffer.from(first));
      const settled = { attachment, outcome: 'released' };
      expectProblem(await writer.read(volume), 409, 'not-attached', { settled });
      await writer.composer.open();
      await writer.composer.bind(volume);
    }
  });

  it('are never saved if the mount says so, and such a volume may have children', async () => {
    const [volume, writer] = [await make(), await writerOn()];
    await writer.attach(volume, { save: 'never' });
    expect(await attachmentOf(volume)).toMatchObject({
      body: { executorId: writer.composer.executorId, state: 'attached' },
    });
    expect((await child(volume)).status).toBe(201);
    expectProblem(await writer.claim(volume, { attachment: 'x' }), 409, 'not-attached');
    await writer.composer.unbind(volume);
    await writer.composer.leave(volume);
  });

  it('belong to one bind if the mount says that they are never saved: the plan tells it from the next', async () => {
    const [volume, writer] = [await make(), await writerOn()];
    const { composer } = writer;
    const instance = async (): Promise<string> => {
      const plan = await storehouse.call('GET', `/v1/compositions/${composer.handle}/plan?target=container`);
      return plan.body.storage[0].instance;
    };
    await composer.mount(volume, '/', { save: 'never' });
    await composer.attempt('join', { task: { name: 'main', spec: { process: { args: ['/bin/true'] } } } });
    await composer.bind(volume);
    const first = await instance();
    await composer.open();
    expect(await instance()).toBe(first);
    await composer.unbind(volume);
    await composer.bind(volume);
    expect(await instance()).not.toBe(first);
  });

  it('are never saved to a volume with children, which would change too', async () => {
    const [volume, writer] = [await make(), await writerOn()];
    expect((await child(volume)).status).toBe(201);
    await writer.composer.mount(volume, '/data');
    const references = [{ id: used.at(-1), kind: 'child' }];
    expectProblem(await writer.composer.attempt('bind', { id: volume }), 409, 'in-use', { references });
    await writer.composer.leave(volume);
  });
});

describe('writes that cannot be saved', () => {
  it('stay on their engine with a problem, and are saved later if possible', async () => {
    const [volume, writer] = [await make('volume://small'), await writerOn()];
    await writer.write(volume);
    const tooLarge = await someArchive(9000);
    await writer.send(volume, tooLarge);
    await storehouse.verify();
    const problem = { code: 'insufficient-space', detail: expect.any(String) };
    expect((await writer.read(volume)).body).toMatchObject({ state: 'saving', problem });
    expect(await member(writer, volume)).toMatchObject({ saving: { problem } });
    expect((await attachmentOf(volume)).body).toMatchObject({ problem });
    expect(await download(storehouse, volume)).toEqual(Buffer.from(first));
    await writer.send(volume, second);
    await storehouse.verify();
    expect(await download(storehouse, volume)).toEqual(Buffer.from(second));
  });

  it('are no archive, or do not match their checksum', async () => {
    const [volume, writer] = [await make(), await writerOn()];
    await writer.write(volume);
    await writer.send(volume, randomBytes(700));
    await storehouse.verify();
    expect((await writer.read(volume)).body).toMatchObject({
      state: 'saving',
      problem: { code: 'unsupported-data-format' },
    });
    const other = await archiveOf({ name: 'other', content: 'x' });
    const begun = await writer.begin(volume, other, { checksum: digest('sha256', second) });
    await sendAll(begun.body.upload.requests, other);
    await writer.complete(volume);
    await storehouse.verify();
    expect((await writer.read(volume)).body).toMatchObject({ problem: { code: 'checksum-mismatch' } });
  });

  it('have another size, or did not arrive', async () => {
    const [volume, writer] = [await make(), await writerOn()];
    await writer.write(volume);
    expectProblem(await writer.complete(volume), 409, 'invalid-state');
    const begun = await writer.begin(volume, second, { size: second.length + 1 });
    expectProblem(await writer.complete(volume), 409, 'invalid-state');
    expect((await writer.read(volume)).body.upload.requests).toHaveLength(1);
    await sendAll(begun.body.upload.requests, second);
    expectProblem(await writer.complete(volume), 400, 'data-error', { expected: second.length + 1 });
    expect((await writer.read(volume)).body).toMatchObject({
      state: 'saving',
      problem: { code: 'data-error' },
    });
  });

  it('are reported by their engine, once for each reason', async () => {
    const [volume, writer] = [await make(), await writerOn()];
    await writer.write(volume);
    const problem = { code: 'disk-full', detail: 'no space is left on /var/lib/docker' };
    expect(await writer.save(volume, { problem })).toMatchObject({
      status: 202,
      body: { state: 'saving', problem },
    });
    const { revision } = await writer.composer.open().then(({ composition }) => composition);
    expect((await writer.save(volume, { problem })).status).toBe(202);
    await writer.composer.open();
    expect(writer.composer.composition.revision).toBe(revision);
    expect(writer.composer.member(volume)).toMatchObject({ saving: { problem } });
  });

  it('need a location that accepts writes now', async () => {
    const name = `closing-${randomBytes(3).toString('hex')}`;
    await storehouse.call('POST', '/v1/locations', { name, kind: 'volume' });
    const [volume, writer] = [await make(`volume://${name}`), await writerOn()];
    await writer.write(volume);
    const begun = await writer.begin(volume, second);
    const set = async (policy: string): Promise<void> => {
      const { headers } = await storehouse.call('GET', `/v1/locations/${name}`);
      const etag = { 'if-match': headers.get('etag') ?? '' };
      expect((await storehouse.call('PATCH', `/v1/locations/${name}`, { policy }, etag)).status).toBe(200);
    };
    await set('read-only');
    expectProblem(await writer.begin(volume, second), 403, 'invalid-location');
    expectProblem(await writer.complete(volume), 403, 'invalid-location');
    await set('read-write');
    await sendAll(begun.body.upload.requests, second);
    expect((await writer.complete(volume)).status).toBe(202);
    await storehouse.verify();
    expect(await download(storehouse, volume)).toEqual(Buffer.from(second));
  });

  it('that did not arrive within a day: the upload is given up, but never the attachment', async () => {
    const [volume, writer] = [await make(), await writerOn()];
    await writer.write(volume);
    await writer.begin(volume, second);
    await storehouse.sweep(25 * HOUR);
    expect((await writer.read(volume)).body).toMatchObject({
      state: 'saving',
      problem: { code: 'data-error' },
    });
    expect((await writer.read(volume)).body.upload).toBeUndefined();
    await writer.send(volume, second);
    await storehouse.sweep(10 * HOUR);
    expect((await writer.read(volume)).body).toMatchObject({ state: 'verifying' });
    await storehouse.verify();
    expect(await download(storehouse, volume)).toEqual(Buffer.from(second));
  });

  it('win over an upload that somebody began before', async () => {
    const [volume, writer] = [await make(), await writerOn()];
    const other = { size: second.length, checksum: digest('sha256', second) };
    expect((await storehouse.call('POST', `${pathOf(volume)}/data/upload`, other)).status).toBe(201);
    await writer.write(volume);
    await writer.send(volume, second);
    expect((await read(storehouse, volume)).body.problem).toMatchObject({ code: 'in-use' });
    await storehouse.verify();
    expect((await read(storehouse, volume)).body.problem).toBeUndefined();
    expect(await download(storehouse, volume)).toEqual(Buffer.from(second));
  });
});

describe('a save request', () => {
  it('needs an attachment and an executor that has the volume', async () => {
    const [volume, writer, other] = [await make(), await writerOn(), await writerOn()];
    await writer.write(volume);
    const { attachment, round } = (await writer.read(volume)).body;
    const body = { attachment, round, engine: 'engine-1', unchanged: true };
    const at = (executorId: string) => `${writtenPath(executorId, volume)}/saves`;
    expectProblem(await storehouse.call('POST', at(other.composer.executorId), body), 409, 'not-attached');
    expectProblem(await writer.save(volume, { attachment: 'another', unchanged: true }), 409, 'not-attached');
    expectProblem(await storehouse.call('POST', at('executor://runs/none'), body), 404, 'not-found');
    expectProblem(
      await storehouse.call('POST', at('executor://nowhere/none'), body),
      404,
      'unknown-location',
    );
    expectInvalid(await storehouse.call('POST', at(volume), body), 'path');
    expectInvalid(await storehouse.call('GET', `${pathOf(other.composer.executorId)}/attachment`), 'path');
  });

  it('states exactly one result, completely', async () => {
    const [volume, writer] = [await make(), await writerOn()];
    await writer.write(volume);
    expectInvalid(await writer.save(volume, {}), 'unchanged');
    expectInvalid(await writer.save(volume, { size: 1 }), 'checksum');
    expectInvalid(
      await writer.save(volume, { unchanged: true, size: 1, checksum: digest('sha256', second) }),
      'unchanged',
    );
    expectInvalid(
      await writer.save(volume, { problem: { code: 'No!', detail: '' } }),
      'problem.code',
      'problem.detail',
    );
    expectInvalid(await writer.save(volume, { round: 0, unchanged: true }), 'round');
    expectProblem(
      await writer.begin(volume, second, { checksum: 'md5:00' }),
      422,
      'unsupported-checksum-algorithm',
    );
  });

  it('is for mounts that are written and persist', async () => {
    const [volume, writer] = [await make(), await writerOn()];
    for (const mount of [{ readOnly: true }, { persistent: false }]) {
      const body = { id: volume, mount: { path: '/data', save: 'never', ...mount } };
      expectInvalid(await writer.composer.attempt('join', body), 'mount.save');
    }
    const body = { id: volume, mount: { path: '/data', save: 'sometimes' } };
    expectInvalid(await writer.composer.attempt('join', body), 'mount.save');
  });

  it('continues a save that began, or starts again with other data', async () => {
    const [volume, writer] = [await make(), await writerOn()];
    await writer.write(volume);
    const begun = await writer.begin(volume, first);
    const again = await writer.begin(volume, first);
    const keyOf = ({ body }: typeof begun): string => new URL(body.upload.requests[0].url).pathname;
    expect(keyOf(again)).toBe(keyOf(begun));
    const other = await writer.begin(volume, second);
    expect(keyOf(other)).not.toBe(keyOf(begun));
    await sendAll(other.body.upload.requests, second);
    const completed = await writer.complete(volume);
    expect(await writer.complete(volume)).toMatchObject({ status: 202, body: completed.body });
    expect((await writer.begin(volume, second)).status).toBe(202);
    expectProblem(await writer.begin(volume, first), 409, 'invalid-state', { state: 'verifying' });
    expectProblem(await writer.save(volume, { unchanged: true }), 409, 'invalid-state', {
      state: 'verifying',
    });
    const { attachment, round } = (await writer.read(volume)).body;
    await storehouse.verify();
    expect(await writer.complete(volume, { attachment, round })).toMatchObject({
      status: 200,
      body: { outcome: 'saved', checksum: digest('sha256', second) },
    });
    expect(await announce(storehouse, volume, first)).toMatchObject({ status: 409 });
  });
});
