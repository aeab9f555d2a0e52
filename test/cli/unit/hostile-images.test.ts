/** Broken and malicious images: each is refused with the problem, and nothing is written. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { type ArchiveEntry, archiveOf } from '../../uploading.ts';
import { digestOf, writeBlob, writeIndex, writeInnerIndex, writeManifest } from '../image-layout.ts';
import { openAt } from '../opening.ts';

const directory = mkdtempSync(join(tmpdir(), 'taskport-hostile-'));
afterAll(() => rmSync(directory, { recursive: true }));

let root: string;
let layer: Uint8Array;
let count = 0;
beforeEach(async () => {
  count += 1;
  root = join(directory, String(count));
  mkdirSync(root);
  layer = await archiveOf({ name: 'file', content: String(count) });
});
const blobAt = (digest: string): string => join(root, 'blobs', 'sha256', digest.slice(7));
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
/** Writes a layout with this one manifest. */
const writeAnyManifest = (manifest: object) => writeIndex(root, [writeBlob(root, MANIFEST, manifest)]);
const config = () => writeBlob(root, 'application/vnd.oci.image.config.v1+json', {});
const layerOf = (mediaType: string) => writeBlob(root, mediaType, layer);
const TAR = 'application/vnd.oci.image.layer.v1.tar';

describe('a layout is refused', () => {
  it('without a layer, the config, or the manifest', () => {
    const manifest = writeManifest(root, [layer]);
    writeIndex(root, [manifest]);
    rmSync(blobAt(digestOf(layer)));
    return expect(openAt(root)).rejects.toThrow(
      `${root} lacks the layer ${digestOf(layer)} that its manifest names`,
    );
  });

  it('with another manifest than its digest says', async () => {
    const manifest = writeManifest(root, [layer]);
    writeIndex(root, [manifest]);
    writeFileSync(blobAt(manifest.digest), '{}');
    await expect(openAt(root)).rejects.toThrow(`the document ${manifest.digest} is ${digestOf('{}')}`);
  });

  it('with a layer longer or shorter than its manifest says', async () => {
    writeIndex(root, [writeManifest(root, [layer])]);
    writeFileSync(blobAt(digestOf(layer)), 'short');
    await expect(openAt(root)).rejects.toThrow(`has 5 bytes, and its manifest says ${layer.length}`);
  });

  it.each<[string, () => object, string]>([
    ['of no layers', () => ({ schemaVersion: 2, config: config(), layers: [] }), 'has no layers'],
    [
      'of a layer that is kept elsewhere',
      () => ({
        schemaVersion: 2,
        config: config(),
        layers: [layerOf('application/vnd.docker.image.rootfs.foreign.diff.tar.gzip')],
      }),
      'has a layer that is kept elsewhere',
    ],
    [
      'of a version of before',
      () => ({ schemaVersion: 1, fsLayers: [] }),
      'make a new image of it by `skopeo copy --format oci`',
    ],
    ['of no config', () => ({ schemaVersion: 2, layers: [layerOf(TAR)] }), 'config is no descriptor'],
    [
      'whose layer has a digest that would lead elsewhere',
      () => ({
        schemaVersion: 2,
        config: config(),
        layers: [{ ...layerOf(TAR), digest: 'sha256:../../../etc/passwd' }],
      }),
      ', which is not `sha256:` and 64 hexadecimal digits',
    ],
    [
      'whose layer has two sizes',
      () => ({ schemaVersion: 2, config: config(), layers: [layerOf(TAR), { ...layerOf(TAR), size: 1 }] }),
      'and 1',
    ],
    [
      'of a kind that nobody knows',
      () => ({ schemaVersion: 2, mediaType: 'text/plain' }),
      'has the media type "text/plain"',
    ],
    ['of an index of nothing', () => ({ schemaVersion: 2, manifests: [] }), 'is an index of no manifests'],
  ])('with a manifest %s', async (_, manifest, message) => {
    writeAnyManifest(manifest());
    await expect(openAt(root)).rejects.toThrow(message);
  });

  it('with a document that no image contains', async () => {
    writeIndex(root, [writeBlob(root, MANIFEST, Buffer.alloc(5 * 2 ** 20, ' '))]);
    await expect(openAt(root)).rejects.toThrow(
      'has 5242880 bytes: a document of an image has at most 4194304',
    );
    writeIndex(root, [writeBlob(root, MANIFEST, Buffer.from('no JSON'))]);
    await expect(openAt(root)).rejects.toThrow('is no JSON');
    writeFileSync(join(root, 'index.json'), '[]');
    await expect(openAt(root)).rejects.toThrow('index.json is no object of JSON');
    rmSync(join(root, 'index.json'));
    execFileSync('mkfifo', [join(root, 'index.json')]);
    await expect(openAt(root)).rejects.toThrow('has oci-layout but no index.json');
  });

  it('with indexes that are cyclic or nested too deeply', async () => {
    const itself = `sha256:${'0'.repeat(64)}`;
    const circle = writeBlob(root, 'application/vnd.oci.image.index.v1+json', {
      schemaVersion: 2,
      manifests: [{ mediaType: 'application/vnd.oci.image.index.v1+json', digest: itself, size: 9 }],
    });
    writeFileSync(blobAt(itself), '{}');
    writeIndex(root, [circle]);
    for (const choice of [{}, { platform: 'all' }])
      await expect(openAt(root, choice)).rejects.toThrow(`the document ${itself} is ${digestOf('{}')}`);
    let deep = writeManifest(root, [layer]);
    for (let depth = 0; depth < 9; depth += 1) deep = writeInnerIndex(root, [deep]);
    writeIndex(root, [deep]);
    await expect(openAt(root)).rejects.toThrow('has indexes within indexes, more than 4');
  });

  it('with an index without the requested platform', async () => {
    const named = (architecture: string) => ({
      ...writeManifest(root, [layer]),
      platform: { os: 'linux', architecture },
    });
    writeIndex(root, [writeInnerIndex(root, [named('riscv64'), { ...named('s390x') }])]);
    await expect(openAt(root, { platform: 'windows/amd64' })).rejects.toThrow(
      'has no image for windows/amd64, among: linux/riscv64, linux/s390x; name one of them by --platform',
    );
    const single = writeManifest(root, [layer]);
    writeIndex(root, [single]);
    await expect(openAt(root, { platform: 'linux/arm64' })).rejects.toThrow(
      'no image for linux/arm64, among: linux/amd64',
    );
    await expect(openAt(root, { platform: 'all' })).rejects.toThrow('has no index of several platforms');
    expect(await openAt(root, { platform: 'linux/amd64' })).toMatchObject({ digest: single.digest });
  });
});

describe('files outside an image are not part of it', () => {
  const saved = (files: { Config: string; Layers: string[] }, diffIds = [digestOf(layer)]) => [
    { name: 'manifest.json', content: JSON.stringify([{ ...files, RepoTags: null }]) },
    { name: 'config.json', content: JSON.stringify({ rootfs: { diff_ids: diffIds } }) },
  ];
  const write = async (...entries: ArchiveEntry[]): Promise<string> => {
    writeFileSync(join(root, 'image.tar'), await archiveOf(...entries));
    return join(root, 'image.tar');
  };

  it.each(['../../etc/passwd', '/etc/passwd', 'a/../../etc/passwd'])('by a name: %s', async (name) => {
    const path = await write(...saved({ Config: 'config.json', Layers: [name] }));
    await expect(openAt(path)).rejects.toThrow(`names ${name}, which is outside of it`);
  });

  it('through a link in an archive', async () => {
    for (const linkname of ['/etc/passwd', '../../etc/passwd', '0.tar']) {
      const path = await write(...saved({ Config: 'config.json', Layers: ['0.tar'] }), {
        name: '0.tar',
        type: 'symlink',
        linkname,
      });
      await expect(openAt(path)).rejects.toThrow('lacks 0.tar, which its manifest.json names');
    }
  });

  it('through a link in a directory', async () => {
    for (const { name, content } of saved({ Config: 'config.json', Layers: ['0.tar'] }))
      writeFileSync(join(root, name), content);
    symlinkSync('/etc/passwd', join(root, '0.tar'));
    await expect(openAt(root)).rejects.toThrow('0.tar is a link to a file outside');
  });

  it('through an entry that leaves the archive: then it is no image, and nothing is unpacked', async () => {
    const entries = saved({ Config: 'config.json', Layers: ['0.tar'] });
    const path = await write(
      ...entries,
      { name: '0.tar', content: layer },
      { name: '../climbed', content: 'x' },
    );
    expect(await openAt(path)).toBeUndefined();
  });
});

describe('an invalid archive of `docker save` is refused', () => {
  it.each<[string, object, string]>([
    ['a config without digests', {}, 'does not say the digests of its layers'],
    ['a config of other layers', { rootfs: { diff_ids: [] } }, 'has 1 layers, and its config has 0'],
    ['digests that are none', { rootfs: { diff_ids: ['md5:1'] } }, 'does not say the digests of its layers'],
  ])('%s', async (_, content, message) => {
    writeFileSync(
      join(root, 'image.tar'),
      await archiveOf(
        { name: 'manifest.json', content: '[{"Config":"config.json","Layers":["0.tar"]}]' },
        { name: 'config.json', content: JSON.stringify(content) },
        { name: '0.tar', content: layer },
      ),
    );
    await expect(openAt(join(root, 'image.tar'))).rejects.toThrow(message);
  });

  it('a truncated archive', async () => {
    writeIndex(root, [writeManifest(root, [layer])]);
    const whole = execFileSync('tar', ['-cf', '-', '-C', root, 'oci-layout', 'index.json', 'blobs']);
    writeFileSync(join(root, 'cut.tar'), whole.subarray(0, whole.lastIndexOf('ustar') + 300));
    await expect(openAt(join(root, 'cut.tar'))).rejects.toThrow('is damaged, cut off');
  });
});
