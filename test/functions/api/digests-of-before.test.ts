/** Images from before digests were recorded get their digests on request, each after its parent. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ElementRecord } from '../../../lib/element/element.ts';
import { readManifest, resolveManifest } from '../../../lib/element/registry/reading.ts';
import { verifyUpload } from '../../../lib/element/upload/verify-upload.ts';
import { requestsOf } from '../../../lib/event/verification-request.ts';
import { type Run, runAgainst } from '../../cli/command-line.ts';
import { openStage, type Stage } from '../../composing.ts';
import { base64Of, digestOf, imageOf, push, sendImage, someLayer } from '../../oci.ts';
import { PATIENCE } from '../../patience.ts';
import { endReading, makeFormerImage, readAsked } from './former-image.ts';
import { bodyOf, expectInvalid, expectProblem, pathOf, sweep } from './support.ts';

let stage: Stage;
let run: Run;
beforeAll(async () => {
  stage = await openStage();
  run = runAgainst(stage.url);
});
afterAll(() => stage.stop());

const ask = (id: string) => stage.call('POST', `${pathOf(id)}/data/verify`);
const read = (id: string) => bodyOf(stage.call('GET', pathOf(id)), 200);
const recordOf = async (id: string) => (await stage.dependencies.elements.get(id)) as ElementRecord;
const manifestOf = async (id: string) => readManifest(stage.dependencies, await recordOf(id));
const withData = async (more: object = {}) => ({ data: { base64: base64Of(await someLayer()) }, ...more });

/** An image and its parent from an earlier version, with the digests that they had. */
const formerChain = async () => {
  const base = await stage.make('image', await withData());
  const top = await stage.make('image', await withData({ parentId: base }));
  const digests = [await read(base), await read(top)].map(({ digest }) => digest);
  for (const id of [top, base]) await makeFormerImage(stage, id);
  return { base, top, digests };
};

describe('an image from an earlier version', () => {
  it('has no digest and no manifest until its data is read', async () => {
    const { base, digests } = await formerChain();
    expect(await read(base)).not.toHaveProperty('digest');
    await expect(manifestOf(base)).rejects.toMatchObject({ code: 'unavailable' });
    const before = await recordOf(base);
    const asked = await bodyOf(ask(base), 202);
    expect(asked).toMatchObject({ state: 'ready', revision: 2 });
    const after = await recordOf(base);
    const of = { id: 'c', before: { row: 'element', ...before }, after: { row: 'element', ...after } };
    expect(requestsOf(of as never)).toMatchObject([
      { detail: { id: base, attempt: after.reading?.attempt } },
    ]);
    expect(requestsOf({ ...of, before: of.after } as never)).toEqual([]);
    // A repeated request waits for the same result.
    expect(await bodyOf(ask(base), 202)).toEqual(asked);
    await sweep(stage, 3_600_000);
    expect(await readAsked(stage, base)).toBe(true);
    expect(await read(base)).toMatchObject({ state: 'ready', revision: 3, digest: digests[0] });
    expect(digestOf((await manifestOf(base)).bytes)).toBe(digests[0]);
    expect((await bodyOf(ask(base), 200)).revision).toBe(3);
    expect(await recordOf(base)).not.toHaveProperty('reading');
  });

  it('is then found by its digest, and its layer by its own', async () => {
    const { base, digests } = await formerChain();
    const resolved = () =>
      resolveManifest(
        stage.dependencies,
        { location: 'image', name: base.split('/')[3] as string },
        digests[0],
      );
    expect(await resolved()).toBeUndefined();
    const { checksum } = await read(base);
    const layer = () => stage.dependencies.elements.contents({ kind: 'image', name: 'image' }, [checksum]);
    expect(await layer()).toEqual([]);
    await ask(base);
    await readAsked(stage, base);
    expect((await resolved())?.attributes.id).toBe(base);
    expect(await layer()).toMatchObject([{ id: base, part: 'layer' }]);
    expect((await stage.call('DELETE', pathOf(base))).status).toBe(409);
  });

  it('waits for its parent, and needs no read if its own layer is known', async () => {
    const { base, top, digests } = await formerChain();
    expectProblem(await ask(top), 422, 'invalid-parent');
    const metadata = await stage.make('image', { parentId: top });
    expect(await read(metadata)).not.toHaveProperty('digest');
    for (const id of [base, top]) {
      expect((await ask(id)).status).toBe(202);
      await readAsked(stage, id);
    }
    expect(await read(top)).toMatchObject({ digest: digests[1] });
    expect(await bodyOf(ask(metadata), 200)).toMatchObject({ digest: digests[1] });
  });

  it('keeps changes, joins and deletes that happen meanwhile', async () => {
    const { base, digests } = await formerChain();
    await ask(base);
    const attempt = (await recordOf(base)).reading?.attempt as string;
    await bodyOf(stage.call('PATCH', pathOf(base), { body: { freeSpace: 4 } }), 200);
    expect(await verifyUpload(stage.dependencies, base, attempt)).toBe('accepted');
    expect(await verifyUpload(stage.dependencies, base, attempt)).toBe('overtaken');
    expect(await read(base)).toMatchObject({ freeSpace: 4, digest: digests[0] });
  });

  it('with data that is invalid today stays as it is, and states why it has no digest', async () => {
    const { base } = await formerChain();
    const { blob } = await recordOf(base);
    await stage.dependencies.blobs.put(blob as string, Buffer.alloc((await read(base)).size, 'x'));
    await ask(base);
    await readAsked(stage, base);
    expect(await read(base)).toMatchObject({ state: 'ready', problem: { code: 'checksum-mismatch' } });
    expect((await stage.call('HEAD', `${pathOf(base)}/data`)).status).toBe(307);
    // The problem may have been fixed since.
    expect((await ask(base)).status).toBe(202);
  });

  it('cannot be a parent of a pushed image before its layers are known', async () => {
    const { base } = await formerChain();
    const layer = await someLayer();
    const refused = await push(stage, imageOf([layer]), 'app', { parentId: base });
    expectProblem(refused, 422, 'invalid-parent');
    expect(refused.body.detail).toMatch(/doctor --digests/);
  });

  it('is the only kind with digests to compute; pushed images and those without layers have nothing to compute', async () => {
    expectInvalid(await ask(await stage.make('volume', await withData())), 'path');
    expect(await bodyOf(ask(await stage.make('image')), 200)).toMatchObject({ revision: 1 });
    const image = imageOf([await someLayer()]);
    const { id } = await bodyOf(push(stage, image, 'app'), 201);
    expect(await bodyOf(ask(id), 200)).toMatchObject({ revision: 1, digest: image.digest });
    expect((await sendImage(stage, image, 'app')).status).toBe(409);
    expectProblem(await ask('image://image/nowhere'), 404, 'not-found');
  });
});

describe('taskport doctor --digests', () => {
  it('computes all digests of a location, parents first, and lists images without one', async () => {
    const location = 'library';
    await bodyOf(stage.call('POST', '/v1/locations', { body: { name: location, kind: 'image' } }), 201);
    const ids: string[] = [];
    for (const parentId of [undefined, 0, 1, undefined])
      ids.push(
        await stage.make(
          'image',
          await withData(parentId === undefined ? {} : { parentId: ids[parentId] }),
          location,
        ),
      );
    const bare = await stage.make('image', {}, location);
    const digests = await Promise.all(ids.map(async (id) => (await read(id)).digest));
    for (const id of ids) await makeFormerImage(stage, id);
    let isRunning = true;
    const reading = (async () => {
      while (isRunning) for (const id of ids) await readAsked(stage, id);
    })();
    const { code, json } = await run(['doctor', '--digests', location, '--json']);
    isRunning = false;
    await reading;
    expect(code).toBe(0);
    expect(Object.fromEntries(json.map(({ id, digest }) => [id, digest]))).toEqual({
      ...Object.fromEntries(ids.map((id, at) => [id, digests[at]])),
      [bare]: undefined,
    });
    expect((await run(['doctor', '--digests', 'image-of-nobody'])).code).toBe(1);
  });

  it('requests the digest again if the reading of the data was lost', async () => {
    const location = 'lost-readings';
    await bodyOf(stage.call('POST', '/v1/locations', { body: { name: location, kind: 'image' } }), 201);
    const id = await stage.make('image', await withData(), location);
    const { digest } = await read(id);
    await makeFormerImage(stage, id);
    const running = run(['doctor', '--digests', location, '--json']);
    const attemptOf = async () => (await recordOf(id)).reading?.attempt;
    await expect.poll(attemptOf, PATIENCE).toBeDefined();
    const lost = await attemptOf();
    await endReading(stage, id);
    await expect.poll(attemptOf, PATIENCE).not.toBe(lost);
    await readAsked(stage, id);
    expect((await running).json).toEqual([{ id, digest }]);
  });
});
