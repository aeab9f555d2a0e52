/** Pushed OCI images: what the service stores, the protection of their layers, and their plans. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Composer, openStage, type Stage } from '../../composing.ts';
import {
  base64Of,
  descriptorOf,
  digestOf,
  INDEX_TYPE,
  idOf,
  imageOf,
  jsonBytes,
  push,
  pushable,
  sendImage,
  sendLayer,
  someLayer,
} from '../../oci.ts';
import { bodyOf, digest, expectProblem, pathOf, sweep } from './support.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.stop());

const layerId = (layer: Uint8Array): string => `image://image/layer@${digestOf(layer)}`;
const read = (id: string, part = '') => bodyOf(stage.call('GET', `${pathOf(id)}${part}`), 200);
const remove = (id: string) => stage.call('DELETE', pathOf(id));

describe('a pushed image', () => {
  it('is ready, with the digest of its manifest, the specification in its config, and its unpacked size', async () => {
    const layers = [await someLayer('a'), await someLayer('b')];
    const image = imageOf(layers, { config: { config: { Entrypoint: ['/bin/sh'], Env: ['A=1'] } } });
    const made = await bodyOf(push(stage, image, 'app', { freeSpace: 8 }), 201);
    expect(made).toMatchObject({
      id: idOf(image, 'app'),
      state: 'ready',
      parentId: 'scratch:',
      digest: image.digest,
      unpackedSize: 80,
      capacity: 9,
      spec: { process: { entrypoint: ['/bin/sh'], env: [{ name: 'A', value: '1' }] } },
    });
    expect(made).not.toHaveProperty('checksum');
    expect(await read(made.id)).toEqual(made);
  });

  it('gets all missing digests at once, and continues after they are sent', async () => {
    const layers = [await someLayer(), await someLayer(), await someLayer()];
    const image = imageOf(layers);
    const [first, second, third] = layers.map(digestOf);
    await sendLayer(stage, 'image', layers[1] as Buffer);
    const config = image.blobs.map(digestOf);
    const without = { oci: { manifest: base64Of(image.manifest) } };
    expectProblem(await sendImage(stage, image, 'app', without), 422, 'unknown-content', {
      digests: [...config, first, third],
    });
    expectProblem(await sendImage(stage, image, 'app'), 422, 'unknown-content', { digests: [first, third] });
    expect((await push(stage, image, 'app')).status).toBe(201);
    expectProblem(await push(stage, image, 'app'), 409, 'name-collision', { id: idOf(image, 'app') });
    expect(second).toBeDefined();
  });

  it('uses layers of any element in its location, and of no other location', async () => {
    const layer = await someLayer();
    const id = await stage.make('image', { data: { base64: base64Of(layer) } });
    const image = imageOf([layer]);
    await bodyOf(sendImage(stage, image, 'app'), 201);
    expect((await read(id, '/references')).items).toEqual([{ id: idOf(image, 'app'), kind: 'image' }]);
    const location = 'other-images';
    await bodyOf(stage.call('POST', '/v1/locations', { body: { name: location, kind: 'image' } }), 201);
    expectProblem(await sendImage(stage, image, 'app', {}, location), 422, 'unknown-content');
  });

  it('protects its layers from being deleted, each by one reference', async () => {
    const [layer, other] = [await someLayer(), await someLayer()];
    const image = imageOf([layer, other, layer]);
    const { id } = await bodyOf(push(stage, image, 'app'), 201);
    const references = [{ id, kind: 'image' }];
    expectProblem(await remove(layerId(layer)), 409, 'in-use', { references });
    expect((await read(layerId(layer), '/references')).items).toEqual(references);
    expect((await remove(id)).status).toBe(204);
    expect((await read(layerId(layer), '/references')).items).toEqual([]);
    expect((await remove(layerId(layer))).status).toBe(204);
    expect((await remove(layerId(other))).status).toBe(204);
    expectProblem(await sendImage(stage, image, 'app'), 422, 'unknown-content', {
      digests: [layer, other].map(digestOf),
    });
  });

  it('leaves nothing behind when it is deleted', async () => {
    const layer = await someLayer();
    const subject = { mediaType: 'application/x', digest: digestOf(layer), size: 1 };
    const image = imageOf([layer], { manifest: { subject, annotations: { a: 'b' } } });
    const contents = () =>
      stage.dependencies.elements.contents({ kind: 'image', name: 'image' }, [image.digest]);
    const referrers = async () =>
      (await stage.dependencies.elements.referrers('image://image/app', subject.digest, { limit: 10 })).items;
    const { id } = await bodyOf(push(stage, image, 'app'), 201);
    expect(await contents()).toMatchObject([{ id, part: 'manifest', size: image.manifest.length, at: 0 }]);
    expect(await referrers()).toEqual([
      {
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        digest: image.digest,
        size: image.manifest.length,
        artifactType: 'application/vnd.oci.image.config.v1+json',
        annotations: { a: 'b' },
      },
    ]);
    const blob = (await contents())[0]?.blob as string;
    expect((await stage.dependencies.blobs.stat(blob))?.size).toBe(
      image.manifest.length + (image.blobs[0]?.length ?? 0),
    );
    expect((await remove(id)).status).toBe(204);
    expect(await contents()).toEqual([]);
    expect(await referrers()).toEqual([]);
    await sweep(stage, 0);
    expect(await stage.dependencies.blobs.stat(blob)).toBeUndefined();
  });

  it('has its layers as lineage, and a plan has them in order, with their paths', async () => {
    const layers = [await someLayer('a'), await someLayer('b'), await someLayer('c')];
    const { id } = await bodyOf(push(stage, imageOf(layers), 'app'), 201);
    const ids = layers.map(layerId);
    expect((await read(id, '/lineage')).items.map((item: { id: string }) => item.id)).toEqual(
      ids.toReversed(),
    );
    const child = await stage.make('image', {
      parentId: id,
      data: { base64: base64Of(await someLayer('d')) },
    });
    const lineage = (await read(child, '/lineage')).items.map((item: { id: string }) => item.id);
    expect(lineage).toEqual([id, ...ids.toReversed()]);
    const executor = await stage.make('executor');
    const composer = await new Composer(stage.post, executor).open();
    await composer.mount(child, '/');
    await composer.join(await stage.make('task', { spec: { process: { args: ['/bin/true'] } } }));
    const plan = await bodyOf(
      stage.call('GET', `/v1/compositions/${composer.handle}/plan?target=container`),
      200,
    );
    expect(plan.storage[0].layers.map((layer: { id: string }) => layer.id)).toEqual([...ids, id, child]);
    expect(plan.storage[0].layers[0]).toMatchObject({
      checksum: digest('sha256', layers[0] as Buffer),
      size: layers[0]?.length,
      unpackedSize: 40,
    });
  });

  it('with more layers than an element may refer to is based on groups of them', async () => {
    const layers = await Promise.all(Array.from({ length: 85 }, (_, at) => someLayer(`f${at}`)));
    const image = imageOf([...layers, layers[0] as Buffer]);
    await Promise.all(layers.map((layer) => sendLayer(stage, 'image', layer)));
    const refused = await sendImage(stage, image, 'big');
    expectProblem(refused, 400, 'invalid-request');
    expect(refused.body.detail).toMatch(/up to 80 .* make|Make an element `layers@…`/);
    const first = layers.slice(0, 80).map(digestOf);
    const group = `image://image/layers@${digestOf(Buffer.from(first.join(' ')))}`;
    await bodyOf(stage.call('POST', '/v1/elements', { body: { id: group, oci: { layers: first } } }), 201);
    const { id } = await bodyOf(sendImage(stage, image, 'big', { parentId: group }), 201);
    const lineage = (await read(id, '/lineage')).items.map((item: { id: string }) => item.id);
    expect(lineage.slice(0, 7)).toEqual([
      ...[layers[0], layers[84], layers[83], layers[82], layers[81], layers[80]].map((layer) =>
        layerId(layer as Buffer),
      ),
      group,
    ]);
    expect(lineage).toHaveLength(87);
    expectProblem(await remove(group), 409, 'in-use');
    expectProblem(
      await sendImage(stage, imageOf(layers.slice(1)), 'big', { parentId: group }),
      422,
      'invalid-parent',
    );
    for (const each of [id, group, layerId(layers[5] as Buffer)])
      expect((await remove(each)).status).toBe(204);
  });

  it('is refused if the caller may not read its base', async () => {
    const location = 'write-only';
    const grants = [{ principal: 'arn:aws:iam::123456789012:role/pusher', actions: ['create'] }];
    await bodyOf(
      stage.call('POST', '/v1/locations', { body: { name: location, kind: 'image', grants } }),
      201,
    );
    const image = imageOf([await someLayer()]);
    const body = { id: idOf(image, 'app', location), oci: { manifest: base64Of(image.manifest) } };
    expectProblem(
      await stage.callAs('arn:aws:iam::123456789012:role/pusher', 'POST', '/v1/elements', { body }),
      403,
      'permission-denied',
      { action: 'read' },
    );
  });
});

describe('an index', () => {
  it('refers to manifests of its repository', async () => {
    const platform = { architecture: 'arm64', os: 'linux', variant: 'v8' };
    const images = [imageOf([await someLayer()]), imageOf([await someLayer()])];
    const manifests = images.map(({ manifest }) =>
      descriptorOf(manifest, 'application/vnd.oci.image.manifest.v1+json', { platform }),
    );
    const index = pushable(jsonBytes({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests }));
    const [one, two] = images as [(typeof images)[0], (typeof images)[0]];
    await bodyOf(push(stage, one, 'multi'), 201);
    await bodyOf(push(stage, two, 'elsewhere'), 201);
    expectProblem(await sendImage(stage, index, 'multi'), 422, 'unknown-content', { digests: [two.digest] });
    await bodyOf(push(stage, two, 'multi'), 201);
    const made = await bodyOf(sendImage(stage, index, 'multi'), 201);
    expect(made).toMatchObject({ digest: index.digest, state: 'ready' });
    expect((await stage.dependencies.elements.get(made.id))?.oci?.manifests).toMatchObject([
      { digest: one.digest, id: idOf(one, 'multi'), platform },
      { digest: two.digest, id: idOf(two, 'multi') },
    ]);
    expectProblem(await remove(idOf(one, 'multi')), 409, 'in-use', {
      references: [{ id: made.id, kind: 'index' }],
    });
    const child = { id: 'image://image/of-index', parentId: made.id };
    expectProblem(await stage.call('POST', '/v1/elements', { body: child }), 422, 'invalid-parent');
    const composer = await new Composer(stage.post, await stage.make('executor')).open();
    const refused = await composer.attempt('join', { id: made.id, mount: { path: '/' } });
    expect(refused).toMatchObject({
      status: 409,
      body: {
        code: 'invalid-state',
        detail: expect.stringContaining(`name one of its images: ${idOf(one, 'multi')}`),
      },
    });
    expect((await remove(made.id)).status).toBe(204);
    expect((await remove(idOf(one, 'multi'))).status).toBe(204);
  });
});

describe('an artifact', () => {
  it('stores contents that are not layers with its manifest, each once', async () => {
    const empty = Buffer.from('{}');
    const signature = Buffer.from('signed');
    const manifest = jsonBytes({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      artifactType: 'application/vnd.example.signature',
      config: descriptorOf(empty, 'application/vnd.oci.empty.v1+json'),
      layers: [
        descriptorOf(signature, 'text/plain'),
        descriptorOf(empty, 'application/vnd.oci.empty.v1+json'),
      ],
    });
    const artifact = pushable(manifest, [signature, empty]);
    expectProblem(await sendImage(stage, pushable(manifest), 'app'), 422, 'unknown-content', {
      digests: [empty, signature].map(digestOf),
    });
    const made = await bodyOf(sendImage(stage, artifact, 'app'), 201);
    expect(made).toMatchObject({ digest: artifact.digest, capacity: 0 });
    const found = await stage.dependencies.elements.contents({ kind: 'image', name: 'image' }, [
      digestOf(empty),
      digestOf(signature),
    ]);
    expect(found.filter(({ id }) => id === made.id)).toMatchObject([
      { part: 'config', at: manifest.length, size: 2 },
      { part: 'blob', at: manifest.length + 2, size: 6 },
    ]);
  });
});
