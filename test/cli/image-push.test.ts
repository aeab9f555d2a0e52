/** Pushed images in the formats of other tools: the service gets the same image, byte for byte. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { titled } from '../bundle.ts';
import { startFaultProxy } from '../faults/proxy.ts';
import { archiveOf } from '../uploading.ts';
import { digestOf, writeIndex, writeInnerIndex, writeManifest, writeSignature } from './image-layout.ts';
import { usePushes } from './pushing.ts';
import { missing } from './read-archive.ts';

const { inside, run, url } = usePushes();
const MIB = 2 ** 20;

let count = 0;
const makeLayout = (): string => {
  count += 1;
  mkdirSync(inside(`layout-${count}`));
  return inside(`layout-${count}`);
};
const layerOf = (content: string | Uint8Array = randomBytes(1_000), name = 'file') =>
  archiveOf({ name, content });

/** Pushes, and answers the output. */
const push = async (id: string, path: string, ...more: string[]) => {
  const pushed = await run(['image', 'push', id, path, '--json', ...more]);
  expect(pushed).toMatchObject({ code: 0, err: '' });
  return pushed.json[0];
};
const show = async (id: string) => (await run(['image', 'show', id, '--json'])).json[0];
const namesOf = async (location: string): Promise<string[]> =>
  (await run(['image', 'list', location, '--json'])).json.map(({ name }) => name);

describe('a layout', () => {
  it('becomes an image with the digest of its manifest and a tag', async () => {
    const root = makeLayout();
    const [base, one] = await Promise.all([layerOf(), layerOf().then((layer) => gzipSync(layer))]);
    const config = { config: { Entrypoint: ['/app'], Cmd: ['--serve'], Env: ['A=1'], OnBuild: ['RUN x'] } };
    const manifest = writeManifest(root, [base, one, base], { config });
    writeIndex(root, [manifest]);
    const said = await run(['image', 'push', 'images/app:1', root, '--rw', 'note=mine']);
    expect(said.code).toBe(0);
    expect(said.err).toContain('kept of how it runs: entrypoint, args, env\n');
    expect(said.err).toContain('nothing uses these fields of its config: OnBuild\n');
    const id = `image://images/app@${manifest.digest}`;
    expect(await show('images/app:1')).toMatchObject({
      ...{ id, digest: manifest.digest, state: 'ready', metadata: { rw: { note: 'mine' } } },
      spec: { process: { entrypoint: ['/app'], args: ['--serve'], env: [{ name: 'A', value: '1' }] } },
    });
    for (const layer of [base, one])
      expect(await show(`images/layer@${digestOf(layer)}`)).toMatchObject({ checksum: digestOf(layer) });
    expect(await push('images/app:1', root, '--rw', 'note=mine')).toMatchObject({
      id,
      tag: 'image://images/app:1',
    });
  });

  it('has the tag `latest` by default, and none for a push by digest', async () => {
    const root = makeLayout();
    const manifest = writeManifest(root, [await layerOf()]);
    writeIndex(root, [manifest]);
    const id = `image://images/named@${manifest.digest}`;
    expect((await push(`images/named@${manifest.digest}`, root)).tag).toBeUndefined();
    expect(await push('images/named', root)).toMatchObject({ id, tag: 'image://images/named:latest' });
    const other = `sha256:${'0'.repeat(64)}`;
    expect(await run(['image', 'push', `images/named@${other}`, root])).toMatchObject({
      code: 2,
      err: expect.stringContaining(`has a manifest that is ${manifest.digest}, not ${other}`),
    });
  });

  it('shares its layers with every image of its location, and existing ones are not read', async () => {
    const [first, second] = [makeLayout(), makeLayout()];
    const [common, large] = [await layerOf(), await layerOf(randomBytes(5 * MIB))];
    writeIndex(first, [writeManifest(first, [common, large])]);
    writeIndex(second, [writeManifest(second, [common, large, await layerOf()])]);
    await push('images/first', first);
    const before = await namesOf('images');
    // Other bytes of the same size, which would be refused if they were read.
    for (const layer of [common, large])
      writeFileSync(join(second, 'blobs', 'sha256', digestOf(layer).slice(7)), randomBytes(layer.length));
    await push('images/second', second);
    expect((await namesOf('images')).length).toBe(before.length + 2);
  });

  it('that exists takes two concurrent requests, and two calls more under another name', async () => {
    const root = makeLayout();
    writeIndex(root, [writeManifest(root, [await layerOf()])]);
    await push('images/there:1', root);
    const proxy = await startFaultProxy(url());
    const callsOf = async (id: string): Promise<string[]> => {
      const pushed = await run(['image', 'push', id, root, '--json'], { env: { TASKPORT_URL: proxy.url } });
      expect(pushed).toMatchObject({ code: 0, err: '' });
      const calls = proxy.requests.map(({ method }) => method);
      proxy.clear();
      return calls;
    };
    expect(await callsOf('images/there:1')).toEqual(['GET', 'GET']);
    expect(await callsOf('images/there:2')).toEqual(['GET', 'GET', 'PUT']);
    expect(await callsOf('images/elsewhere:1')).toEqual(['GET', 'GET', 'POST', 'PUT']);
    await proxy.stop();
  });

  it('is one of several platforms, or all of them by their index', async () => {
    const root = makeLayout();
    const images = await Promise.all(
      ['amd64', 'riscv64'].map(async (architecture) => ({
        ...writeManifest(root, [await layerOf()], { config: { os: 'linux', architecture } }),
        platform: { os: 'linux', architecture },
      })),
    );
    const index = writeInnerIndex(root, images);
    writeIndex(root, [index]);
    const one = await push('images/many:one', root, '--platform', 'linux/riscv64');
    expect(one.digest).toBe(images[1]?.digest);
    const all = await push('images/many:all', root, '--platform', 'all');
    expect(all.digest).toBe(index.digest);
    for (const { digest } of images) expect(await show(`images/many@${digest}`)).toMatchObject({ digest });
    const none = await run(['image', 'push', 'images/many', root, '--platform', 'linux/s390x']);
    expect(none).toMatchObject({ code: 2, err: expect.stringContaining('has no image for linux/s390x') });
  });

  it('is one of several tags; an image with two tags is one image', async () => {
    const root = makeLayout();
    const called = (name: string) => ({ annotations: { 'org.opencontainers.image.ref.name': name } });
    const [one, two] = await Promise.all([1, 2].map(async () => writeManifest(root, [await layerOf()])));
    if (!one || !two) throw new Error('no manifests');
    writeIndex(root, [
      { ...one, ...called('1.0') },
      { ...two, ...called('2.0') },
      { ...two, ...called('latest') },
    ]);
    expect(await run(['image', 'push', 'images/tagged', root])).toMatchObject({
      code: 2,
      err: expect.stringContaining('has 2 images: 1.0, 2.0; name one by --tag'),
    });
    expect((await run(['image', 'push', 'images/tagged', root, '--tag', '3.0'])).err).toContain(
      'among: 1.0, 2.0, latest',
    );
    expect((await push('images/tagged', root, '--tag', '2.0')).digest).toBe(two.digest);
  });

  it('includes referrers of the image: a signature', async () => {
    const root = makeLayout();
    const manifest = writeManifest(root, [await layerOf()]);
    const signature = writeSignature(root, manifest);
    const about = writeSignature(root, signature);
    writeIndex(root, [about, signature, manifest]);
    expect((await push('images/signed', root)).digest).toBe(manifest.digest);
    for (const { digest } of [signature, about])
      expect(await show(`images/signed@${digest}`)).toMatchObject({ digest });
    const answered = await fetch(`${url()}/v2/images/signed/referrers/${manifest.digest}`);
    expect(answered.headers.get('content-type')).toBe('application/vnd.oci.image.index.v1+json');
    const { mediaType, digest, size } = signature;
    const artifactType = 'application/vnd.example.signature';
    expect(await answered.json()).toMatchObject({ manifests: [{ mediaType, digest, size, artifactType }] });
  });

  it('with more layers than an element may refer to is pushed too', async () => {
    const root = makeLayout();
    const layers = await Promise.all(Array.from({ length: 82 }, () => layerOf()));
    const manifest = writeManifest(root, [...layers, ...layers.slice(0, 3)]);
    writeIndex(root, [manifest]);
    expect((await push('images/deep', root)).digest).toBe(manifest.digest);
    expect((await push('images/deep', root)).digest).toBe(manifest.digest);
  });

  it('continues after an interruption', async () => {
    const root = makeLayout();
    const layers = await Promise.all([20, 9, 9].map((size) => layerOf(randomBytes(size * MIB))));
    const manifest = writeManifest(root, layers);
    writeIndex(root, [manifest]);
    const interruption = new AbortController();
    const ended = await run(['image', 'push', 'images/broken-off', root], {
      signal: interruption.signal,
      isWatched: true,
      onErr: (said) => said.includes('sending') && interruption.abort(),
    });
    expect(ended).toMatchObject({ code: 130, out: '' });
    expect(ended.err).toMatch(/interrupted; run the same command again to continue\n$/);
    expect((await push('images/broken-off', root)).digest).toBe(manifest.digest);
  });

  it('with a layer that does not match its digest is refused, and a correct one can then be pushed', async () => {
    for (const size of [1_000, 6 * MIB]) {
      const root = makeLayout();
      const layer = await layerOf(randomBytes(size));
      const manifest = writeManifest(root, [layer]);
      writeIndex(root, [manifest]);
      const path = join(root, 'blobs', 'sha256', digestOf(layer).slice(7));
      writeFileSync(path, await layerOf(randomBytes(size)));
      const refused = await run(['image', 'push', `images/wrong-${size}`, root]);
      expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('checksum-mismatch') });
      writeFileSync(path, layer);
      expect((await push(`images/wrong-${size}`, root)).digest).toBe(manifest.digest);
    }
  });

  it.each([
    ['images/App:1', 'no image can be called App'],
    ['images/app:-1', 'no tag can be "-1"'],
    [`images/app:${'x'.repeat(129)}`, 'no tag can be'],
    ['images/app@sha256:1', 'sha256:1 is no digest'],
  ])('cannot have this name: %s', async (id, message) => {
    const root = makeLayout();
    writeIndex(root, [writeManifest(root, [await layerOf()])]);
    expect(await run(['image', 'push', id, root])).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining(message),
    });
  });

  it('has its layers from its manifest, so it takes no parent', async () => {
    const root = makeLayout();
    writeIndex(root, [writeManifest(root, [await layerOf()])]);
    for (const option of [
      ['--parent', 'images/app:1'],
      ['--checksum', `sha256:${'0'.repeat(64)}`],
    ])
      expect(await run(['image', 'push', 'images/child', root, ...option])).toMatchObject({
        code: 2,
        err: expect.stringContaining(`leave out ${option[0]}`),
      });
  });
});

describe('one layer', () => {
  const archive = async (name: string) => {
    writeFileSync(inside(name), await layerOf(name));
    return inside(name);
  };

  it('with a tag is an element named by its contents, with a parent that may be a tag', async () => {
    const base = await push('images/plain:1', await archive('base.tar'));
    expect(base).toMatchObject({ tag: 'image://images/plain:1', parentId: 'scratch:' });
    expect(base.id).toMatch(/^image:\/\/images\/plain@[0-9a-f]{12}$/);
    expect((await show('images/plain:1')).id).toBe(base.id);
    const child = await push('images/plain:2', await archive('child.tar'), '--parent', 'images/plain:1');
    expect(child).toMatchObject({ parentId: base.id });
    // A repeated push gives the same element, even with another tag of the parent.
    await run(['image', 'tag', 'images/plain:1', 'images/plain:base']);
    const again = await push('images/plain:2', inside('child.tar'), '--parent', 'images/plain:base');
    expect(again.id).toBe(child.id);
    const moved = await push('images/plain:1', await archive('other.tar'));
    expect(moved.id).not.toBe(base.id);
    expect((await push('images/plain:2', inside('child.tar'), '--parent', 'images/plain:1')).id).not.toBe(
      child.id,
    );
  });

  it('without a tag has the given name, like a directory', async () => {
    mkdirSync(inside('tree'));
    writeFileSync(inside('tree', 'file'), 'content');
    expect(await push('images/tree', inside('tree'))).toMatchObject({ id: 'image://images/tree' });
    expect(await push('images/tree:1', inside('tree'))).toMatchObject({ tag: 'image://images/tree:1' });
    const refused = await run(['image', 'push', 'images/tree', inside('tree'), '--platform', 'linux/amd64']);
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('is no OCI image') });
  });

  it('may come from standard input, like an image in an archive', async () => {
    const layer = await layerOf();
    const from = async (input: Uint8Array, ...args: string[]) => {
      const pushed = await run(['image', 'push', ...args, '-', '--json'], { input });
      expect(pushed).toMatchObject({ code: 0, err: '' });
      return pushed.json[0];
    };
    expect(await from(layer, 'images/input')).toMatchObject({ checksum: digestOf(layer) });
    const root = makeLayout();
    const manifest = writeManifest(root, [layer]);
    writeIndex(root, [manifest]);
    const packed = execFileSync('tar', ['-czf', '-', '-C', root, '.']);
    expect(await from(packed, 'images/input:oci')).toMatchObject({ digest: manifest.digest });
    writeFileSync(inside('cut'), packed.subarray(0, 50));
    const refused = await run(['image', 'push', 'images/input:none', '-'], { input: 'no archive' });
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('unsupported-data-format') });
  });
});

describe('the output of `docker save`', () => {
  it('is pushed with an OCI manifest of its config and layers, and is an ordinary file for a volume', async () => {
    const packed = join(import.meta.dirname, 'saved', 'docker-20.10.tar.gz');
    const pushed = await run(['image', 'push', 'images/saved:1', packed, '--tag', 'demo/app:1']);
    expect(pushed).toMatchObject({ code: 0 });
    expect(pushed.err).toContain('kept of how it runs: entrypoint, args, env, user, ports\n');
    writeFileSync(inside('saved.tar'), gunzipSync(readFileSync(packed)));
    const again = await push('images/saved:2', inside('saved.tar'), '--tag', 'demo/app:1');
    expect((await show('images/saved:1')).id).toBe(again.id);
    expect(await run(['volume', 'push', 'volumes/saved', inside('saved.tar')])).toMatchObject({
      code: 0,
      err: `${inside('saved.tar')} is what \`docker save\` writes: the volume holds its files as they are\n`,
    });
  });
});

const tools = missing('skopeo', 'umoci');
describe.skipIf(tools !== undefined)(titled('images of skopeo and umoci', tools), () => {
  const umoci = (...args: string[]) => execFileSync('umoci', args, { cwd: inside(), stdio: 'pipe' });
  const skopeo = (...args: string[]) =>
    execFileSync('skopeo', ['--policy', inside('policy.json'), ...args], { cwd: inside(), stdio: 'pipe' });
  beforeAll(() => {
    writeFileSync(inside('policy.json'), JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }));
    umoci('init', '--layout', 'built');
    umoci('new', '--image', 'built:1');
    for (const layer of ['one', 'two']) {
      rmSync(inside('bundle'), { recursive: true, force: true });
      umoci('unpack', '--rootless', '--image', 'built:1', 'bundle');
      writeFileSync(inside('bundle', 'rootfs', layer), 'program');
      umoci('repack', '--image', 'built:1', 'bundle');
    }
    umoci('config', '--image', 'built:1', '--config.entrypoint', '/app');
  });

  it.each([
    ['oci-archive', 'oci.tar'],
    ['dir', 'folder'],
    ['oci', 'layout'],
  ])('has the same digest in both places: %s', async (transport, name) => {
    skopeo('copy', 'oci:built:1', `${transport}:${name}`);
    const raw = skopeo('inspect', '--raw', `${transport}:${name}`);
    expect((await push(`images/by-${transport}`, inside(name))).digest).toBe(digestOf(raw));
  });

  it('does not include a bundle, whose root filesystem is below it', async () => {
    const refused = await run(['image', 'push', 'images/bundle', inside('bundle')]);
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining(inside('bundle', 'rootfs')) });
  });
});
