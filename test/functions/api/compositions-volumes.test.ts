import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { associationPath, Composer, openStage, type Post, type Stage } from '../../composing.ts';
import { NOTHING, openStorehouse, type Storehouse } from '../../storehouse.ts';
import {
  announce,
  complete,
  expectNothingLeft,
  OBJECTS_AN_ARCHIVE,
  sendAll,
  someArchive,
  upload,
} from '../../uploading.ts';
import { base64, bodyOf, expectInvalid, expectProblem, pathOf, tar } from './support.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.stop());

describe('a volume', () => {
  it('is attached for writing to one executor at a time, from bind to unbind', async () => {
    const [mine, other] = [await stage.compose(), await stage.compose()];
    const volume = await stage.make('volume');
    await mine.mount(volume, '/data');
    await other.mount(volume, '/elsewhere');
    await mine.bind(volume);
    const attached = { executorId: mine.executorId };
    expectProblem(await other.attempt('bind', { id: volume }), 409, 'volume-attached', attached);
    expectProblem(await mine.attempt('bind', { id: volume }), 409, 'already-bound');
    await mine.unbind(volume);
    await other.bind(volume);
    const now = { executorId: other.executorId };
    expectProblem(await mine.attempt('bind', { id: volume }), 409, 'volume-attached', now);
    await other.unbind();
    await mine.bind();
  });

  it('that is attached elsewhere makes the whole bind fail', async () => {
    const [mine, other] = [await stage.compose(), await stage.grounded()];
    const [taken, free, task] = await stage.makeAll('volume', 'volume', 'task');
    await mine.mount(taken, '/taken');
    await mine.bind();
    await other.mount(free, '/free');
    await other.mount(taken, '/taken');
    await other.join(task);
    expectProblem(await other.attempt('bind'), 409, 'volume-attached', { executorId: mine.executorId });
    await other.open();
    expect(other.ids('bound')).toEqual([other.rootId]);
    // The failed bind attached no other volume either.
    const third = await stage.compose();
    await third.mount(free, '/');
    await third.bind();
  });

  it('is bound by one of two concurrent callers', async () => {
    const volume = await stage.make('volume');
    const composers = await Promise.all([stage.compose(), stage.compose(), stage.compose()]);
    for (const composer of composers) await composer.mount(volume, '/');
    const answers = await Promise.all(composers.map((composer) => composer.attempt('bind')));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
  });

  it('is shared by read-only mounts, beside one writer', async () => {
    const volume = await stage.make('volume');
    const [writer, ...readers] = await Promise.all(Array.from({ length: 4 }, () => stage.compose()));
    for (const reader of readers) {
      await reader.mount(volume, '/data', { readOnly: true });
      await reader.bind();
    }
    await writer?.mount(volume, '/data');
    await writer?.bind();
    expect(writer?.ids('bound')).toEqual([volume]);
  });

  it('on an NFS server is shared by writers, and an image by all who write over it', async () => {
    const volume = await stage.make('volume', {}, 'shared');
    const image = await stage.make('image');
    for (const composer of [await stage.compose(), await stage.compose()]) {
      await composer.mount(volume, '/home');
      await composer.mount(image, '/');
      await composer.bind();
      expect(composer.ids('bound')).toEqual([volume, image]);
    }
  });

  it('keeps its data while it is a member', async () => {
    const [composer, volume] = [await stage.compose(), await stage.make('volume')];
    await composer.mount(volume, '/data', { readOnly: true });
    const body = { size: 700, checksum: `sha256:${'0'.repeat(64)}` };
    const replace = () => stage.post(`${pathOf(volume)}/data/upload`, body);
    expect((await replace()).body).toMatchObject({ code: 'in-use' });
    await composer.leave(volume);
    expect((await replace()).status).toBeLessThan(300);
  });
});

describe('a volume that does not persist', () => {
  const mount = { path: '/tmp', persistent: false };
  const held = async () => {
    const [composer, volume] = [await stage.compose(), await stage.make('volume')];
    await composer.join(volume, { mount });
    return { composer, volume, holder: { executorId: composer.executorId } };
  };

  it('is exclusive: nothing else joins, descends from or deletes it', async () => {
    const { composer, volume, holder } = await held();
    const other = await stage.compose();
    for (const options of [{}, { readOnly: true }, { persistent: false }]) {
      const body = { id: volume, mount: { path: '/x', ...options } };
      expectProblem(await other.attempt('join', body), 409, 'volume-attached', holder);
    }
    const again = { id: volume, mount: { path: '/x' } };
    expectProblem(await composer.attempt('join', again), 409, 'already-joined', { id: volume });
    const child = { id: 'volume://volume/child', parentId: volume };
    expectProblem(await stage.post('/v1/elements', child), 422, 'invalid-parent');
    const references = [{ id: composer.executorId, kind: 'composition' }];
    expectProblem(await stage.call('DELETE', pathOf(volume)), 409, 'in-use', { references });
    expect((await stage.call('GET', pathOf(volume))).status).toBe(200);
    expect(composer.member(volume).mount).toEqual({ path: '/tmp', readOnly: false, persistent: false });
  });

  it('is deleted when it leaves, and its name is free again', async () => {
    const { composer, volume } = await held();
    await composer.bind(volume);
    await composer.unbind(volume);
    expect((await stage.call('GET', pathOf(volume))).status).toBe(200);
    await composer.leave(volume);
    expectProblem(await stage.call('GET', pathOf(volume)), 404, 'not-found');
    await bodyOf(stage.post('/v1/elements', { id: volume }), 201);
    // The new volume belongs to no executor.
    await composer.mount(volume, '/tmp');
    await composer.leave(volume);
    expect((await stage.call('DELETE', pathOf(volume))).status).toBe(204);
  });

  it('must have no references', async () => {
    const composer = await stage.compose();
    const [joined, parent] = await stage.makeAll('volume', 'volume');
    const other = await stage.compose();
    await other.mount(joined, '/');
    await stage.make('volume', { parentId: parent });
    for (const id of [joined, parent]) {
      expectProblem(await composer.attempt('join', { id, mount }), 409, 'in-use');
      expect((await stage.call('GET', pathOf(id))).status).toBe(200);
    }
    expect(composer.ids()).toEqual([]);
    // A refused caller does not block others.
    await (await stage.compose()).mount(joined, '/y');
  });

  it('brings and removes the tasks that are associated with it', async () => {
    const [composer, volume, task] = [
      await stage.compose(),
      await stage.make('volume'),
      await stage.make('task'),
    ];
    await bodyOf(stage.call('PUT', associationPath(volume, task)), 200);
    await composer.join(volume, { mount });
    expect(composer.ids()).toEqual([volume, task]);
    await composer.leave(volume);
    expect(composer.ids()).toEqual([]);
    expect((await stage.call('DELETE', pathOf(task))).status).toBe(204);
  });

  it('may be read-only; an image is refused', async () => {
    const [composer, volume] = [await stage.compose(), await stage.make('volume')];
    const image = await stage.make('image');
    expectInvalid(await composer.attempt('join', { id: image, mount }), 'mount.persistent');
    expect((await composer.join(volume, { mount: { ...mount, readOnly: true } })).mount?.readOnly).toBe(true);
    expectProblem(await composer.attempt('leave', { id: image }), 409, 'not-joined');
  });

  it('joins one of several concurrent callers, and is deleted with that join', async () => {
    for (let run = 0; run < 3; run += 1) {
      const volume = await stage.make('volume');
      const composers = await Promise.all([stage.compose(), stage.compose()]);
      const [first, second] = composers as [Composer, Composer];
      const answers = await Promise.all([
        first.attempt('join', { id: volume, mount }),
        second.attempt('join', { id: volume, mount: { path: '/x' } }),
      ]);
      const accepted = composers.filter((_, at) => answers[at]?.status === 200);
      expect(accepted).toHaveLength(1);
      for (const { status } of answers) expect(status).toBeOneOf([200, 409, 503]);
      await accepted[0]?.leave(volume);
      const { status } = await stage.call('GET', pathOf(volume));
      expect(status).toBe(accepted[0] === first ? 404 : 200);
    }
  });
});

describe('the data of a member', () => {
  let storehouse: Storehouse;
  let post: Post;
  beforeAll(async () => {
    storehouse = await openStorehouse();
    post = (path, body, headers) => storehouse.call('POST', path, body, headers);
    for (const kind of ['executor', 'volume']) {
      expect((await post('/v1/locations', { name: kind, kind })).status).toBe(201);
    }
    expect((await post('/v1/elements', { id: 'executor://executor/a' })).status).toBe(201);
  });
  const compose = () => new Composer(post, 'executor://executor/a').open();

  it('is deleted with a volume that does not persist, after it has left', async () => {
    const composer = await compose();
    const ids = ['volume://volume/small', 'volume://volume/large'];
    const data = base64(await tar({ file: 'x' }));
    await bodyOf(post('/v1/elements', { id: ids[0], data }), 201);
    await upload(storehouse, ids[1] as string, await someArchive());
    await storehouse.verify();
    for (const [at, id] of ids.entries()) {
      await composer.join(id, { mount: { path: `/${at}`, persistent: false } });
    }
    await storehouse.sweep();
    expect(await storehouse.objects()).toHaveLength(2 * OBJECTS_AN_ARCHIVE);
    for (const id of ids) await composer.leave(id);
    await expectNothingLeft(storehouse, composer.executorId);
    expect(await storehouse.remains()).toEqual(NOTHING);
    await bodyOf(post('/v1/elements', { id: composer.executorId }), 201);
  });

  it('must be valid: a failed element does not join', async () => {
    const [composer, id] = [await compose(), 'volume://volume/failed'];
    const bytes = Buffer.from('these are not the files');
    const { body } = await announce(storehouse, id, bytes);
    await sendAll(body.upload.requests, bytes);
    await complete(storehouse, id);
    const join = () => composer.attempt('join', { id, mount: { path: '/' } });
    expectProblem(await join(), 409, 'invalid-state', { state: 'verifying' });
    await storehouse.verify(id);
    expectProblem(await join(), 409, 'invalid-state', { state: 'failed' });
  });
});
