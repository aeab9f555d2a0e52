/** The registry API of a location: manifests and blobs by digest, and the referrers of a subject. */
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ElementRecord } from '../../../lib/element/element.ts';
import {
  listReferrers,
  locateBlob,
  readManifest,
  resolveManifest,
} from '../../../lib/element/registry/reading.ts';
import type { Repository } from '../../../lib/element/registry/repository.ts';
import { openStage, type Stage } from '../../composing.ts';
import {
  base64Of,
  descriptorOf,
  digestOf,
  idOf,
  imageOf,
  jsonBytes,
  push,
  pushable,
  sendImage,
  sendLayer,
  someLayer,
} from '../../oci.ts';
import { bodyOf, pathOf } from './support.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.stop());

const inRepository = (name: string, location = 'image'): Repository => ({ location, name });
const resolve = (name: string, reference: string) =>
  resolveManifest(stage.dependencies, inRepository(name), reference);
const manifestOf = async (name: string, reference: string) =>
  readManifest(stage.dependencies, (await resolve(name, reference)) as ElementRecord);
const blob = (digest: string, name = 'any', location = 'image') =>
  locateBlob(stage.dependencies, inRepository(name, location), digest, 'GET');
const bytesOf = async (digest: string): Promise<Buffer> => {
  const located = await blob(digest);
  if (!located) throw new Error(`${digest} is nowhere`);
  if ('bytes' in located) return Buffer.from(located.bytes);
  return Buffer.from(await (await fetch(located.url)).arrayBuffer());
};
const make = async (name: string, layer: Uint8Array, more: object = {}) => {
  const id = `image://image/${name}`;
  return bodyOf(
    stage.call('POST', '/v1/elements', { body: { id, data: { base64: base64Of(layer) }, ...more } }),
    201,
  );
};
/** Everything that a client pulls, verified by digest. */
const pull = async (name: string, reference: string) => {
  const { bytes, digest } = await manifestOf(name, reference);
  expect(digestOf(bytes)).toBe(digest);
  const manifest = JSON.parse(Buffer.from(bytes).toString());
  const config = await bytesOf(manifest.config.digest);
  expect(digestOf(config)).toBe(manifest.config.digest);
  expect(config.length).toBe(manifest.config.size);
  const { diff_ids } = JSON.parse(config.toString()).rootfs;
  for (const [at, { digest: layer, size }] of manifest.layers.entries()) {
    const fetched = await bytesOf(layer);
    expect(digestOf(fetched)).toBe(layer);
    expect(fetched.length).toBe(size);
    expect(digestOf(gunzipSync(fetched))).toBe(diff_ids[at]);
  }
  return manifest.layers.map(({ digest: layer }: { digest: string }) => layer);
};

describe('a pushed image', () => {
  it('is read byte for byte by its digest, and not under another digest or repository', async () => {
    const image = imageOf([await someLayer(), await someLayer()]);
    await bodyOf(push(stage, image, 'app'), 201);
    expect(await manifestOf('app', image.digest)).toEqual({
      bytes: image.manifest,
      mediaType: MANIFEST,
      digest: image.digest,
    });
    expect(await pull('app', image.digest)).toEqual(image.layers.map(digestOf));
    expect(await resolve('ap', image.digest)).toBeUndefined();
    expect(await resolve('app', `sha256:${'0'.repeat(64)}`)).toBeUndefined();
    expect(await resolve('app', 'sha256:0')).toBeUndefined();
    expect(await resolve('app', '../app')).toBeUndefined();
  });

  it('has its original config, in each repository of its location and in no other location', async () => {
    const image = imageOf([await someLayer()], { config: { author: 'somebody' } });
    await bodyOf(push(stage, image, 'app'), 201);
    const [config] = image.blobs as [Buffer];
    expect(await blob(digestOf(config), 'elsewhere')).toEqual({ bytes: config, mediaType: CONFIG });
    expect(await blob(digestOf(config), 'app', 'nowhere')).toBeUndefined();
    // A manifest is no blob.
    expect(await blob(image.digest)).toBeUndefined();
    expect(await blob('md5:0')).toBeUndefined();
  });

  it('has layers with a URL and a size', async () => {
    const layer = await someLayer();
    await bodyOf(sendLayer(stage, 'image', layer), 201);
    expect(await blob(digestOf(layer))).toMatchObject({
      size: layer.length,
      url: expect.stringContaining('http'),
    });
  });
});

describe('an image of plain archives', () => {
  it('can be pulled by every client from the moment it is ready', async () => {
    const [base, middle, top] = [await someLayer(), await someLayer(), await someLayer()];
    await make('chain', base);
    await make('chain-middle', middle, { parentId: 'image://image/chain' });
    const made = await make('chain:1.2', top, { parentId: 'image://image/chain-middle' });
    expect(await pull('chain', made.digest)).toEqual([base, middle, top].map(digestOf));
    expect(await pull('chain', '1.2')).toEqual([base, middle, top].map(digestOf));
    expect(await pull('chain', 'latest')).toEqual([digestOf(base)]);
    expect(await resolve('chain', '1.3')).toBeUndefined();
    expect(await resolve('chain-middle', made.digest)).toBeUndefined();
  });

  it('has a digest after its data was read, and its children have one for all layers', async () => {
    const layer = await someLayer();
    const id = 'image://image/awaited';
    const body = { id, data: { upload: true } };
    expect(await bodyOf(stage.call('POST', '/v1/elements', { body }), 201)).not.toHaveProperty('digest');
    expect(await resolve('awaited', 'latest')).toBeUndefined();
    const ready = await bodyOf(stage.call('PUT', `${pathOf(id)}/data`, { raw: layer }), 200);
    expect(await pull('awaited', ready.digest)).toEqual([digestOf(layer)]);
    const over = await bodyOf(
      stage.call('POST', '/v1/elements', { body: { id: 'image://image/metadata', parentId: id } }),
      201,
    );
    expect(over.digest).toBe(ready.digest);
    expect(await pull('metadata', over.digest)).toEqual([digestOf(layer)]);
  });

  it('may be based on a pushed image', async () => {
    const image = imageOf([await someLayer(), await someLayer()]);
    const { id } = await bodyOf(push(stage, image, 'app'), 201);
    const layer = await someLayer();
    const made = await make('over', layer, { parentId: id });
    expect(await pull('over', made.digest)).toEqual([...image.layers, layer].map(digestOf));
  });

  it('with the same layers has the same digest', async () => {
    const layer = await someLayer();
    const [one, two] = [await make('same-one', layer), await make('same-two', layer)];
    expect(one.digest).toBe(two.digest);
    expect((await resolve('same-two', one.digest))?.attributes.id).toBe(two.id);
    expect((await stage.call('DELETE', pathOf(one.id))).status).toBe(204);
    expect(await pull('same-two', one.digest)).toEqual([digestOf(layer)]);
  });

  it('without layers has no manifest', async () => {
    const id = await stage.make('image');
    const record = (await stage.dependencies.elements.get(id)) as ElementRecord;
    expect(record.attributes.digest).toBeUndefined();
    await expect(readManifest(stage.dependencies, record)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('may be in an index of its repository', async () => {
    const made = await make('multi:arm', await someLayer());
    const { bytes } = await manifestOf('multi', 'arm');
    const manifests = [descriptorOf(bytes, MANIFEST, { platform: { architecture: 'arm64', os: 'linux' } })];
    const index = pushable(jsonBytes({ schemaVersion: 2, manifests }));
    const { id } = await bodyOf(sendImage(stage, index, 'multi'), 201);
    expect((await manifestOf('multi', index.digest)).bytes).toEqual(index.manifest);
    expect((await bodyOf(stage.call('GET', `${pathOf(made.id)}/references`), 200)).items).toEqual([
      { id, kind: 'index' },
    ]);
  });
});

describe('the referrers of a subject', () => {
  it('are listed within its repository, even if the subject is missing', async () => {
    const image = imageOf([await someLayer()]);
    const signature = Buffer.from('signed');
    const empty = Buffer.from('{}');
    const artifact = (annotations: object) =>
      pushable(
        jsonBytes({
          schemaVersion: 2,
          mediaType: MANIFEST,
          artifactType: 'application/vnd.example.signature',
          config: descriptorOf(empty, 'application/vnd.oci.empty.v1+json'),
          layers: [descriptorOf(signature, 'text/plain')],
          subject: descriptorOf(image.manifest, MANIFEST),
          annotations,
        }),
        [empty, signature],
      );
    const all = [artifact({ by: 'one' }), artifact({ by: 'two' })];
    for (const one of all) await bodyOf(sendImage(stage, one, 'signed'), 201);
    const list = async (name: string, digest = image.digest) =>
      (await listReferrers(stage.dependencies, inRepository(name), digest, { limit: 10 })).items;
    const expected = all
      .map(({ manifest }, at) => ({
        mediaType: MANIFEST,
        digest: digestOf(manifest),
        size: manifest.length,
        artifactType: 'application/vnd.example.signature',
        annotations: { by: ['one', 'two'][at] },
      }))
      .sort((a, b) => (a.digest < b.digest ? -1 : 1));
    expect(await list('signed')).toEqual(expected);
    expect(await list('unsigned')).toEqual([]);
    expect(await bytesOf(digestOf(signature))).toEqual(signature);
    const first = idOf(all[0] as (typeof all)[0], 'signed');
    expect((await stage.call('DELETE', pathOf(first))).status).toBe(204);
    expect(await list('signed')).toHaveLength(1);
    expect(await list('signed', 'nonsense')).toEqual([]);
  });
});
