/** Invalid and ambiguous manifests: each is refused with its place and a remedy. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from '../../composing.ts';
import {
  base64Of,
  CONFIG_TYPE,
  descriptorOf,
  digestOf,
  INDEX_TYPE,
  imageOf,
  jsonBytes,
  LAYER_TYPE,
  MANIFEST_TYPE,
  push,
  pushable,
  type SomeImage,
  sendImage,
  someLayer,
} from '../../oci.ts';
import type { Answer } from '../../taskport.ts';
import { expectInvalid, expectProblem } from './support.ts';

let stage: Stage;
let image: SomeImage;
let config: Buffer;
// biome-ignore lint/suspicious/noExplicitAny: manifests are made wrong in every place.
let good: any;
beforeAll(async () => {
  stage = await openStage();
  image = imageOf([await someLayer(), await someLayer()]);
  config = image.blobs[0] as Buffer;
  good = JSON.parse(image.manifest.toString());
  expect((await push(stage, image, 'good')).status).toBe(201);
});
afterAll(() => stage.stop());

const send = (manifest: Buffer, blobs: readonly Buffer[] = [config]): Promise<Answer> =>
  sendImage(stage, pushable(manifest, blobs), 'app');
const sendJson = (manifest: unknown, blobs?: readonly Buffer[]) => send(jsonBytes(manifest), blobs);
const sendText = (manifest: string) => send(Buffer.from(manifest));

const expectRefused = (answer: Answer, path: string, says: RegExp): void => {
  expectInvalid(answer, path);
  expect(answer.body.detail).toMatch(says);
};

/** A manifest without its closing brace, to add text to. */
const open = (): string => JSON.stringify(good).slice(0, -1);

describe('a manifest is refused if it', () => {
  it.each<[string, string, RegExp, () => string]>([
    ['no JSON', 'oci.manifest', /is no JSON/, () => '{'],
    ['no UTF-8', 'oci.manifest', /is no JSON/, () => '{"a": "\udc00'],
    ['no object', 'oci.manifest', /is no JSON object/, () => '[]'],
    ['a key twice', 'oci.manifest.layers', /twice/, () => `${open()}, "layers": []}`],
    [
      'a key twice, written otherwise',
      'oci.manifest.layers',
      /twice/,
      () => `${open()}, "l\\u0061yers": []}`,
    ],
    [
      'a key twice within',
      'oci.manifest.subject.size',
      /twice/,
      () => `${open()}, "subject": {"size": 1, "size": 2}}`,
    ],
    [
      'a key twice in a list',
      'oci.manifest.x[1].a',
      /twice/,
      () => `${open()}, "x": [{}, {"a": 1, "a": 1}]}`,
    ],
    ['a key in other case', 'oci.manifest.Layers', /`layers`/, () => `${open()}, "Layers": []}`],
    ['__proto__', 'oci.manifest.__proto__', /leave it out/, () => `${open()}, "__proto__": {}}`],
    [
      '__proto__ among annotations',
      'oci.manifest.annotations.__proto__',
      /leave/,
      () => `${open()}, "annotations": {"__proto__": "x"}}`,
    ],
    ['many values', 'oci.manifest', /20000 values/, () => `${open()}, "x": [${'1,'.repeat(30_000)}1]}`],
    [
      'many annotations of no text',
      'oci.manifest',
      /20000 values/,
      () => `${open()}, "annotations": {${Array.from({ length: 30_000 }, (_, at) => `"${at}": 1`)}}}`,
    ],
    [
      'depth',
      'oci.manifest',
      /20000 values|JSON/,
      () => `${open()}, "x": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    ],
    [
      'many layers',
      'oci.manifest.layers',
      /use at most 1000/,
      () => JSON.stringify({ ...good, layers: Array(1001).fill(0) }),
    ],
    ['both manifests and layers', 'oci.manifest', /not both/, () => `${open()}, "manifests": []}`],
    [
      'a type of an index',
      'oci.manifest.mediaType',
      /no type of a manifest/,
      () => JSON.stringify({ ...good, mediaType: INDEX_TYPE }),
    ],
    ['schema 1', 'oci.manifest.schemaVersion', /skopeo copy/, () => '{"schemaVersion": 1, "fsLayers": []}'],
    [
      'no version',
      'oci.manifest.schemaVersion',
      /must be 2/,
      () => JSON.stringify({ ...good, schemaVersion: '2' }),
    ],
    ['no layers', 'oci.manifest.layers', /has a layer/, () => JSON.stringify({ ...good, layers: [] })],
    [
      'layers of another shape',
      'oci.manifest.layers',
      /./,
      () => JSON.stringify({ ...good, layers: { length: 1e9 } }),
    ],
  ])('has %s', async (_, path, says, make) => {
    expectRefused(await sendText(make()), path, says);
  });

  it.each<[string, object, string]>([
    ['a negative size', { size: -1 }, 'size'],
    ['a fractional size', { size: 1.5 }, 'size'],
    ['a size that is no number', { size: '1' }, 'size'],
    ['an endless size', { size: 1e300 }, 'size'],
    ['a digest of another algorithm', { digest: `sha512:${'0'.repeat(128)}` }, 'digest'],
    ['a digest in capitals', { digest: `sha256:${'A'.repeat(64)}` }, 'digest'],
    ['a digest that is none', { digest: 'sha256:../../etc' }, 'digest'],
    ['no media type', { mediaType: undefined }, 'mediaType'],
    ['annotations of no text', { annotations: { a: 1 } }, 'annotations.a'],
  ])('has a layer with %s', async (_, wrong, field) => {
    const [first, second] = good.layers;
    const answer = await sendJson({ ...good, layers: [first, { ...second, ...wrong }] });
    expectInvalid(answer, `oci.manifest.layers[1].${field}`);
  });

  it.each<[string, object]>([
    ['by its type', { mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip' }],
    ['by where it is', { urls: ['https://example.com/layer'] }],
  ])('has a foreign layer, %s', async (_, foreign) => {
    const [first, second] = good.layers;
    const answer = await sendJson({ ...good, layers: [first, { ...second, ...foreign }] });
    expectRefused(answer, 'oci.manifest.layers[1]', /foreign layer, .*: build the image/);
  });

  it('has a layer of another type among those of a file system', async () => {
    const [first, second] = good.layers;
    const answer = await sendJson({ ...good, layers: [first, { ...second, mediaType: 'text/plain' }] });
    expectRefused(answer, 'oci.manifest.layers[1].mediaType', /text\/plain, no layer/);
  });

  it('states a wrong size of a layer or its config, or comes with contents that it does not name', async () => {
    const [first, second] = good.layers;
    const bigger = { ...second, size: second.size + 1 };
    expectRefused(
      await sendJson({ ...good, layers: [first, bigger] }),
      'oci.manifest.layers[1].size',
      /bytes/,
    );
    const short = { ...good, config: { ...good.config, size: 1 } };
    expectRefused(await sendJson(short), 'oci.blobs[0]', /the manifest says 1/);
    expectRefused(await send(image.manifest, [config, Buffer.from('x')]), 'oci.blobs[1]', /leave it out/);
    const layer = image.layers[0] as Buffer;
    expectRefused(await send(image.manifest, [config, layer]), 'oci.blobs[1]', /create image:/);
  });

  it('is named by another digest, or in an invalid repository', async () => {
    const named = (id: string) =>
      stage.call('POST', '/v1/elements', { body: { id, oci: { manifest: base64Of(image.manifest) } } });
    const right = `image://image/app@${image.digest}`;
    for (const id of [
      `image://image/app@sha256:${'0'.repeat(64)}`,
      'image://image/app:1.2',
      'image://image/app',
    ])
      expectRefused(await named(id), 'id', new RegExp(right));
    for (const name of ['App', 'a__b__', 'a+b', '-a'].filter((each) => /^[A-Za-z0-9]/.test(each)))
      expectInvalid(await named(`image://image/${name}@${image.digest}`), 'id');
  });

  it('is for another kind than images, or comes with fields that it contains itself', async () => {
    const oci = { manifest: base64Of(image.manifest) };
    const post = (body: object) => stage.call('POST', '/v1/elements', { body });
    expectInvalid(await post({ id: 'volume://volume/v', oci }), 'oci');
    const id = `image://image/app@${image.digest}`;
    expectInvalid(await post({ id, oci, data: { upload: true } }), 'data');
    expectInvalid(await post({ id, oci, spec: {} }), 'spec');
    expectInvalid(await post({ id, oci, checksum: image.digest }), 'checksum');
    expectInvalid(await post({ id, oci: { manifest: '*' } }), 'oci.manifest');
    expectInvalid(await post({ id, oci: { ...oci, blobs: ['*'] } }), 'oci.blobs[0]');
    expectInvalid(await post({ id, oci: {} }), 'oci');
    expectInvalid(await post({ id, oci: { layers: ['sha256:0'] } }), 'oci.layers[0]');
    expectInvalid(await post({ id, oci: { layers: [image.digest] } }), 'id');
  });

  it('is too large with its documents', async () => {
    const blob = Buffer.alloc(2 * 2 ** 20, 'a');
    expectProblem(await send(Buffer.alloc(2.1 * 2 ** 20, ' '), [blob]), 413, 'payload-too-large', {
      limit: 4 * 2 ** 20,
    });
  });
});

describe('a config is refused if it', () => {
  const withConfig = (document: Buffer): Promise<Answer> =>
    sendJson({ ...good, config: descriptorOf(document, CONFIG_TYPE) }, [document]);
  const rootfs = (diff_ids: unknown, type: unknown = 'layers') => jsonBytes({ rootfs: { type, diff_ids } });

  it('is no JSON object, or names other layers than the manifest', async () => {
    const path = 'oci.blobs[0]';
    expectRefused(await withConfig(Buffer.from('#!/bin/sh')), path, /is no JSON/);
    expectRefused(await withConfig(Buffer.from('null')), path, /no JSON object/);
    expectInvalid(await withConfig(jsonBytes({})), `${path}.rootfs`);
    expectInvalid(await withConfig(rootfs('x')), `${path}.rootfs.diff_ids`);
    expectInvalid(await withConfig(rootfs([], 'tarball')), `${path}.rootfs.type`);
    expectRefused(
      await withConfig(rootfs(Array(5_000).fill(image.digest))),
      `${path}.rootfs.diff_ids`,
      /use at most 1000/,
    );
    expectRefused(
      await withConfig(rootfs([image.digest])),
      `${path}.rootfs.diff_ids`,
      /1 entries, .* 2 layers/,
    );
    const wrong = await withConfig(rootfs([image.digest, image.digest]));
    expectInvalid(wrong, `${path}.rootfs.diff_ids[0]`, `${path}.rootfs.diff_ids[1]`);
    expect(wrong.body.detail).toMatch(/unpacks to sha256:/);
    const twice = config.toString().replace('{', '{"rootfs": {"type": "layers", "diff_ids": []},');
    expectRefused(await withConfig(Buffer.from(twice)), `${path}.rootfs`, /twice/);
  });
});

describe('an index is refused if it', () => {
  const index = (manifests: unknown, more: object = {}) => ({ schemaVersion: 2, manifests, ...more });

  it('names no manifest, too many, missing ones, or itself', async () => {
    expectRefused(await sendJson(index([]), []), 'oci.manifest.manifests', /must name a manifest/);
    expectRefused(
      await sendJson(index(Array(1_001).fill({})), []),
      'oci.manifest.manifests',
      /use at most 1000/,
    );
    const many = Array.from({ length: 81 }, (_, at) => descriptorOf(Buffer.from(`${at}`), MANIFEST_TYPE));
    expectRefused(await sendJson(index(many), []), 'oci.manifest.manifests', /make several/);
    const own = digestOf(Buffer.from('itself'));
    const itself = jsonBytes(index([{ mediaType: INDEX_TYPE, digest: own, size: 6 }]));
    expectProblem(await send(itself, []), 422, 'unknown-content', { digests: [own] });
    const named = { id: `image://image/app@${own}`, oci: { manifest: base64Of(itself) } };
    expectRefused(await stage.call('POST', '/v1/elements', { body: named }), 'id', /by the digest/);
  });

  it('states a wrong size of a manifest', async () => {
    const [one] = good.layers;
    const wrong = { mediaType: MANIFEST_TYPE, digest: image.digest, size: 1 };
    const manifest = pushable(jsonBytes(index([wrong])));
    expectRefused(await sendImage(stage, manifest, 'good'), 'oci.manifest.manifests[0].size', /is 1/);
    expect(one).toBeDefined();
  });
});

describe('any manifest', () => {
  const leaf = fc.oneof(
    fc.constantFrom<unknown>(
      null,
      true,
      -1,
      1.5,
      1e300,
      '',
      'x',
      [],
      {},
      2,
      'sha256:0',
      LAYER_TYPE,
      INDEX_TYPE,
    ),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const steps = fc.array(fc.nat(20), { minLength: 1, maxLength: 4 });

  /** Puts a value at a place of a document, or removes the value there. */
  const mutate = (document: unknown, [step = 0, ...rest]: readonly number[], value: unknown): unknown => {
    if (typeof document !== 'object' || document === null) return value;
    const keys = Object.keys(document);
    const key =
      keys[step % (keys.length + 1)] ??
      ['manifests', 'subject', 'annotations', 'artifactType', 'urls'][step % 5];
    const copy = (Array.isArray(document) ? [...document] : { ...document }) as Record<string, unknown>;
    const next = rest.length > 0 && key !== undefined && key in copy ? mutate(copy[key], rest, value) : value;
    if (next === undefined) delete copy[key as string];
    else copy[key as string] = next;
    return copy;
  };

  it('with any change is accepted, or refused with a place and a remedy', async () => {
    const changes = fc.array(fc.tuple(steps, fc.option(leaf, { nil: undefined })), {
      minLength: 1,
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(changes, fc.boolean(), async (all, isConfig) => {
        const document = isConfig ? JSON.parse(config.toString()) : good;
        const changed = jsonBytes(
          all.reduce((made, [way, value]) => mutate(made, way, value), document) ?? null,
        );
        const answer = isConfig
          ? await sendJson({ ...good, config: descriptorOf(changed, CONFIG_TYPE) }, [changed])
          : await send(changed);
        if (answer.status === 201 || answer.body.code === 'name-collision') return;
        expect([400, 413, 422]).toContain(answer.status);
        expect(['invalid-request', 'unknown-content']).toContain(answer.body.code);
        if (answer.body.code === 'unknown-content') expect(answer.body.digests.length).toBeGreaterThan(0);
        else for (const { path } of answer.body.issues) expect(path).toMatch(/^(oci|id)/);
      }),
      { numRuns: 150 },
    );
  });

  it('of random bytes is refused', async () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(bytes, async (manifest) => {
        expectInvalid(await send(Buffer.from(manifest), []), 'oci.manifest');
      }),
      { numRuns: 30 },
    );
  });
});
