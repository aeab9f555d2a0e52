/** Images of other tools, in their formats, compared with these tools. */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { titled } from '../../bundle.ts';
import { type ArchiveEntry, archiveOf } from '../../uploading.ts';
import { digestOf, writeIndex, writeManifest } from '../image-layout.ts';
import { openAt } from '../opening.ts';
import { missing } from '../read-archive.ts';

const directory = mkdtempSync(join(tmpdir(), 'taskport-sources-'));
const inside = (...path: string[]): string => join(directory, ...path);
afterAll(() => rmSync(directory, { recursive: true }));

const tools = missing('skopeo', 'umoci', 'tar', 'gzip');
describe.skipIf(tools !== undefined)(titled('images of skopeo and umoci', tools), () => {
  const policy = inside('policy.json');
  const skopeo = (...args: string[]): string =>
    execFileSync('skopeo', ['--policy', policy, ...args], { cwd: inside(), stdio: 'pipe', encoding: 'utf8' });
  const umoci = (...args: string[]) => execFileSync('umoci', args, { cwd: inside(), stdio: 'pipe' });
  const shell = (command: string) => execFileSync('sh', ['-c', command], { cwd: inside(), stdio: 'pipe' });
  /** The digest of a source by skopeo. */
  const digestBy = (source: string): string => digestOf(skopeo('inspect', '--raw', source));

  beforeAll(() => {
    writeFileSync(policy, JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }));
    umoci('init', '--layout', 'built');
    umoci('new', '--image', 'built:1');
    for (const layer of ['one', 'two', 'three']) {
      rmSync(inside('bundle'), { recursive: true, force: true });
      umoci('unpack', '--rootless', '--image', 'built:1', 'bundle');
      writeFileSync(inside('bundle', 'rootfs', layer), 'program');
      umoci('repack', '--image', 'built:1', 'bundle');
    }
    skopeo('copy', 'oci:built:1', 'oci-archive:archive.tar:1');
    skopeo('copy', 'oci:built:1', 'dir:folder');
    skopeo('copy', 'oci:built:1', '--format', 'v2s2', 'dir:docker-folder');
    skopeo('copy', 'oci:built:1', 'docker-archive:saved.tar:demo/app:1');
    shell('gzip -k archive.tar saved.tar && tar -cf folder.tar -C folder .');
    shell('mkdir unpacked && tar -xf saved.tar -C unpacked');
  });

  it.each([
    ['a layout', 'built', 'oci:built:1'],
    ['an oci-archive', 'archive.tar', 'oci-archive:archive.tar'],
    ['an oci-archive, compressed', 'archive.tar.gz', 'oci-archive:archive.tar'],
    ['a folder', 'folder', 'dir:folder'],
    ['a folder in an archive', 'folder.tar', 'dir:folder'],
    ['a folder of Docker’s media types', 'docker-folder', 'dir:docker-folder'],
  ])('%s has the digest that skopeo reports', async (_, name, source) => {
    const found = await openAt(inside(name));
    expect(found?.digest).toBe(digestBy(source));
    expect(found?.layers).toHaveLength(3);
  });

  it('a docker-archive has the config and the layers that skopeo finds, in any form', async () => {
    const found = await openAt(inside('saved.tar'));
    const manifest = JSON.parse(Buffer.from(found?.manifest ?? '').toString());
    const config = skopeo('inspect', '--raw', '--config', 'docker-archive:saved.tar');
    expect(manifest.config.digest).toBe(digestOf(config));
    expect(found?.layers).toEqual(JSON.parse(config).rootfs.diff_ids);
    for (const same of ['saved.tar.gz', 'unpacked'])
      expect((await openAt(inside(same)))?.digest).toBe(found?.digest);
  });

  it('a bundle of umoci is no image', async () => {
    expect(await openAt(inside('bundle'))).toBeUndefined();
  });
});

describe('the output of Docker 20.10', () => {
  const packed = join(import.meta.dirname, '..', 'saved', 'docker-20.10.tar.gz');
  const saved = inside('docker.tar');
  beforeAll(() => writeFileSync(saved, gunzipSync(readFileSync(packed))));
  /** A file in the archive, read by tar. */
  const file = (name: string): Buffer => execFileSync('tar', ['-xOf', saved, name]);

  it.each(['demo/app:1', 'demo/app:2'])('is the image that is called so, layer by layer: %s', async (tag) => {
    const images: { Config: string; RepoTags: string[] }[] = JSON.parse(file('manifest.json').toString());
    const image = images.find(({ RepoTags }) => RepoTags.includes(tag));
    const found = await openAt(saved, { tag });
    const manifest = JSON.parse(Buffer.from(found?.manifest ?? '').toString());
    // Docker's ID of an image is the digest of its config.
    expect(manifest.config.digest).toBe(`sha256:${image?.Config.slice(0, 64)}`);
    expect(found?.layers).toEqual(JSON.parse(file(image?.Config ?? '').toString()).rootfs.diff_ids);
    expect(await openAt(packed, { tag })).toEqual(found);
  });

  it('is one of several images, which the user must select', async () => {
    await expect(openAt(saved)).rejects.toThrow('has 2 images: demo/app:1, demo/app:2; name one by --tag');
    await expect(openAt(saved, { tag: '3' })).rejects.toThrow('no image that is called 3, among: demo/app:1');
    // One of its layers is a link to that of the other image.
    expect((await openAt(saved, { tag: '2' }))?.layers).toHaveLength(4);
  });
});

describe('an archive of `docker save`', () => {
  const layersOf = (...names: string[]) =>
    Promise.all(names.map((name) => archiveOf({ name, content: name })));
  const saved = async (
    layers: readonly Uint8Array[],
    entries: readonly ArchiveEntry[],
    names = layers.map((_, at) => `${at}.tar`),
  ): Promise<string> => {
    const config = { rootfs: { type: 'layers', diff_ids: layers.map(digestOf) } };
    const path = inside(`${digestOf(JSON.stringify([config, names])).slice(7, 19)}.tar`);
    const manifest = [{ Config: 'config.json', RepoTags: null, Layers: names }];
    writeFileSync(
      path,
      await archiveOf(
        { name: 'config.json', content: JSON.stringify(config) },
        { name: 'manifest.json', content: JSON.stringify(manifest) },
        ...entries,
      ),
    );
    return path;
  };

  it('keeps the manifest that a newer Docker has written', async () => {
    const root = inside('both');
    const layer = await archiveOf({ name: 'a', content: 'a' });
    const manifest = writeManifest(root, [layer]);
    writeIndex(root, [
      {
        ...manifest,
        annotations: {
          'io.containerd.image.name': 'docker.io/demo/app:1',
          'org.opencontainers.image.ref.name': '1',
        },
      },
    ]);
    const blob = (digest: string) => `blobs/sha256/${digest.slice(7)}`;
    const { config } = JSON.parse(readFileSync(join(root, blob(manifest.digest)), 'utf8'));
    const images = [
      { Config: blob(config.digest), RepoTags: ['demo/app:1'], Layers: [blob(digestOf(layer))] },
    ];
    writeFileSync(join(root, 'manifest.json'), JSON.stringify(images));
    execFileSync('tar', ['-cf', inside('both.tar'), '-C', root, '.']);
    for (const path of [root, inside('both.tar')]) {
      expect(await openAt(path)).toMatchObject({ as: 'layout', digest: manifest.digest });
      expect(await openAt(path, { tag: 'docker.io/demo/app:1' })).toMatchObject({ digest: manifest.digest });
    }
  });

  it('may have a layer as a link to another name, and one layer twice', async () => {
    const [layer] = await layersOf('linked');
    const content = layer as Uint8Array;
    const path = await saved(
      [content, content],
      [
        { name: 'a/', type: 'directory' },
        { name: 'a/layer.tar', content },
        { name: 'b/', type: 'directory' },
        { name: 'b/layer.tar', type: 'symlink', linkname: '../a/layer.tar' },
      ],
      ['a/layer.tar', 'b/layer.tar'],
    );
    // Only a directory named by a digest contains such names, so it is opened directly.
    const { readSaved } = await import('../../../cli/push/saved-image.ts');
    const { filesOfArchive } = await import('../../../cli/push/image-files.ts');
    const { signal } = new AbortController();
    const store = await readSaved(await filesOfArchive(path, path, signal), undefined, signal);
    const [offer] = store.offers;
    const manifest = (await store.find(offer?.digest ?? '')) as Uint8Array;
    const digest = digestOf(content);
    expect(JSON.parse(Buffer.from(manifest).toString()).layers).toMatchObject([{ digest }, { digest }]);
  });

  it('has layers of other bytes if they are compressed, and says so', async () => {
    const [plain, other] = (await layersOf('plain', 'packed')) as [Uint8Array, Uint8Array];
    const packed = gzipSync(other);
    const path = await saved(
      [plain, other],
      [
        { name: '0.tar', content: plain },
        { name: '1.tar', content: packed },
      ],
    );
    const found = await openAt(path);
    expect(found?.layers).toEqual([digestOf(plain), digestOf(packed)]);
    const { layers } = JSON.parse(Buffer.from(found?.manifest ?? '').toString());
    expect(layers.map(({ mediaType }: { mediaType: string }) => mediaType)).toEqual([
      'application/vnd.oci.image.layer.v1.tar',
      'application/vnd.oci.image.layer.v1.tar+gzip',
    ]);
  });

  it('is the same image for any order of its entries', async () => {
    const names = ['one', 'two', 'three'];
    const layers = await layersOf(...names);
    const parts = layers.map((content, at) => ({ name: `${at}.tar`, content }));
    const { digest } = (await openAt(await saved(layers, parts))) ?? {};
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(parts, { minLength: parts.length }), async (order) => {
        expect((await openAt(await saved(layers, order)))?.digest).toBe(digest);
      }),
      { numRuns: 10 },
    );
  });
});

describe('a temporary copy', () => {
  it('is always deleted', async () => {
    const root = inside('layout');
    writeIndex(root, [writeManifest(root, [await archiveOf({ name: 'a', content: 'a' })])]);
    mkdirSync(inside('temporary'));
    const before = process.env.TMPDIR;
    process.env.TMPDIR = inside('temporary');
    try {
      execFileSync('tar', ['-czf', inside('fine.tgz'), '-C', root, '.']);
      expect(await openAt(inside('fine.tgz'))).toBeDefined();
      rmSync(join(root, 'index.json'));
      execFileSync('tar', ['-czf', inside('lacking.tgz'), '-C', root, '.']);
      await expect(openAt(inside('lacking.tgz'))).rejects.toThrow('has oci-layout but no index.json');
      writeFileSync(inside('cut.tgz'), readFileSync(inside('fine.tgz')).subarray(0, -100));
      await openAt(inside('cut.tgz')).catch(() => {});
      expect(readdirSync(inside('temporary'))).toEqual([]);
    } finally {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
    }
  });

  it('is not made of a layout whose blobs are links, as some tools make them', async () => {
    const root = inside('linking');
    writeIndex(root, [writeManifest(root, [await archiveOf({ name: 'a', content: 'a' })])]);
    cpSync(join(root, 'blobs'), inside('elsewhere'), { recursive: true });
    rmSync(join(root, 'blobs'), { recursive: true });
    symlinkSync(inside('elsewhere'), join(root, 'blobs'));
    expect(await openAt(root)).toMatchObject({ as: 'layout' });
  });
});
