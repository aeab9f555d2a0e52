/** Pulled images: other tools find the requested image in them, byte for byte. */
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { writeDockerArchive } from '../../../cli/pull/docker-archive.ts';
import { writeOciArchive } from '../../../cli/pull/image-archive.ts';
import type { ImageContents } from '../../../cli/pull/image-contents.ts';
import { writeLayout } from '../../../cli/pull/layout-directory.ts';
import { readManifest, unique } from '../../../client/image-manifest.ts';
import { platform } from '../../../client/platform/node.ts';
import { deferred } from '../../../lib/execution/deferred.ts';
import { titled } from '../../bundle.ts';
import { archiveOf } from '../../uploading.ts';
import { digestOf, writeIndex, writeInnerIndex, writeManifest } from '../image-layout.ts';
import { openAt } from '../opening.ts';
import { missing } from '../read-archive.ts';

const directory = mkdtempSync(join(tmpdir(), 'taskport-pulled-'));
const inside = (...path: string[]): string => join(directory, ...path);
afterAll(() => rmSync(directory, { recursive: true }));
const { signal } = new AbortController();
const name = { repository: 'images/app', tag: '1.2' };

/** The contents of a layout; `received` may corrupt them. */
const contentsOf = (root: string, digest: string, received = (bytes: Buffer) => bytes): ImageContents => {
  const blob = (each: string): Buffer => readFileSync(join(root, 'blobs', 'sha256', each.slice(7)));
  const manifestOf = (each: string) => ({ bytes: blob(each), ...readManifest(blob(each)) });
  const own = manifestOf(digest);
  const manifests = [own, ...own.manifests.map((each) => manifestOf(each.digest))] as const;
  const blobs = manifests.flatMap(({ config, layers }) => [...(config ? [config] : []), ...layers]);
  return {
    image: { id: 'image://images/app', digest, read: async (part) => blob(part.digest) },
    manifests: manifests as unknown as ImageContents['manifests'],
    blobs: unique(blobs),
    receive: async ({ digest: each }, onto) => {
      const bytes = received(blob(each));
      // Verifies like the client.
      const check = () => {
        if (digestOf(bytes) !== each) throw new Error(`${each} is another`);
      };
      if (typeof onto === 'string') {
        check();
        writeFileSync(onto, bytes);
        return;
      }
      for (let at = 0; at < bytes.length; at += 1000) await onto(bytes.subarray(at, at + 1000));
      check();
    },
  };
};

let count = 0;
/** A layout with an image of these layers. */
const layoutOf = (layers: readonly Uint8Array[]) => {
  count += 1;
  const root = inside(`source-${count}`);
  mkdirSync(root);
  const manifest = writeManifest(root, layers);
  writeIndex(root, [manifest]);
  return { root, digest: manifest.digest };
};

const layersOf = (...contents: (string | Uint8Array)[]) =>
  Promise.all(contents.map((content, at) => archiveOf({ name: `file-${at}`, content })));

describe('the output of a pull', () => {
  it('is the same image in every form, for any layers', async () => {
    const someLayer = fc.record({ size: fc.nat(5_000), isPacked: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(someLayer, { minLength: 1, maxLength: 5 }), async (wanted) => {
        const plain = await layersOf(...wanted.map(({ size }) => randomBytes(size)));
        const layers = plain.map((layer, at) => (wanted[at]?.isPacked ? gzipSync(layer) : layer));
        const { root, digest } = layoutOf([...layers, ...layers.slice(0, 1)]);
        const contents = contentsOf(root, digest);
        const to = (form: string) => inside(`to-${count}${form}`);
        await writeLayout(to(''), contents, name, signal);
        await writeOciArchive(to('.tar'), contents, name, signal);
        const chunks: Uint8Array[] = [];
        await writeOciArchive(async (bytes) => void chunks.push(Buffer.from(bytes)), contents, name, signal);
        expect(Buffer.concat(chunks).equals(readFileSync(to('.tar')))).toBe(true);
        await writeDockerArchive(to('.docker.tar'), contents, name, signal);
        for (const form of ['', '.tar'])
          expect(await openAt(to(form), { tag: '1.2' })).toMatchObject({ as: 'layout', digest });
        const saved = await openAt(to('.docker.tar'), { tag: 'images/app:1.2' });
        expect(saved).toMatchObject({ as: 'saved' });
        expect(saved?.layers).toEqual([...plain, ...plain.slice(0, 1)].map(digestOf));
      }),
      { numRuns: 25 },
    );
  });

  const tools = missing('skopeo');
  it.skipIf(tools !== undefined)(titled('is accepted by skopeo', tools), async () => {
    writeFileSync(inside('policy.json'), JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }));
    const { root, digest } = layoutOf((await layersOf('one', 'two')).map((layer) => gzipSync(layer)));
    const contents = contentsOf(root, digest);
    await writeLayout(inside('skopeo'), contents, name, signal);
    await writeOciArchive(inside('skopeo.tar'), contents, name, signal);
    await writeDockerArchive(inside('skopeo-docker.tar'), contents, name, signal);
    const copy = (from: string, to: string) =>
      execFileSync('skopeo', ['--policy', inside('policy.json'), 'copy', from, `dir:${inside(to)}`], {
        stdio: 'pipe',
      });
    for (const [from, to] of [
      [`oci:${inside('skopeo')}:1.2`, 'of-layout'],
      [`oci-archive:${inside('skopeo.tar')}:1.2`, 'of-archive'],
      [`docker-archive:${inside('skopeo.tar')}:images/app:1.2`, 'of-saved'],
      [`docker-archive:${inside('skopeo-docker.tar')}:images/app:1.2`, 'of-docker'],
    ] as const) {
      copy(from, to);
      const manifest = readFileSync(join(inside(to), 'manifest.json'));
      const config = JSON.parse(manifest.toString()).config.digest;
      if (from.startsWith('oci')) expect(digestOf(manifest)).toBe(digest);
      expect(config).toBe(contents.manifests[0].config?.digest);
    }
  });

  it('is added to an existing layout, in place of the image with its name', async () => {
    const into = inside('several');
    const digests: string[] = [];
    for (const [at, tag] of ['1', '2', '1'].entries()) {
      const { root, digest } = layoutOf(await layersOf(`content ${at}`));
      await writeLayout(into, contentsOf(root, digest), { ...name, tag }, signal);
      digests.push(digest);
    }
    expect((await openAt(into, { tag: '2' }))?.digest).toBe(digests[1]);
    expect((await openAt(into, { tag: '1' }))?.digest).toBe(digests[2]);
  });

  it('is whole if another pull into the layout fetches the same layer meanwhile', async () => {
    const into = inside('at-once');
    const { root, digest } = layoutOf(await layersOf(randomBytes(100_000)));
    const contents = contentsOf(root, digest);
    const [layer] = contents.manifests[0].layers;
    const [half, begun, over] = [deferred<void>(), deferred<void>(), deferred<void>()];
    /** A pull whose layer arrives in two parts. */
    const pull = (between: () => Promise<void>): Promise<void> => {
      const receive: ImageContents['receive'] = async (blob, onto) => {
        if (typeof onto !== 'string') return;
        await platform.writeFile(onto, async (take) => {
          const bytes = readFileSync(join(root, 'blobs', 'sha256', blob.digest.slice(7)));
          await take(bytes.subarray(0, bytes.length >> 1));
          if (blob.digest === layer?.digest) await between();
          await take(bytes.subarray(bytes.length >> 1));
        });
      };
      return writeLayout(into, { ...contents, receive }, name, signal);
    };
    const first = pull(() => {
      half.resolve();
      return begun.promise;
    });
    await half.promise;
    const second = pull(() => {
      begun.resolve();
      return over.promise;
    });
    await first;
    expect(await openAt(into, { tag: '1.2' })).toMatchObject({ digest, layers: [layer?.digest] });
    over.resolve();
    await second;
  });

  it('is in the index with an image that another pull adds meanwhile', async () => {
    const into = inside('index');
    const digests = await Promise.all(
      ['1', '2', '3', '4'].map(async (tag) => {
        const { root, digest } = layoutOf(await layersOf(`content ${tag}`));
        await writeLayout(into, contentsOf(root, digest), { ...name, tag }, signal);
        return digest;
      }),
    );
    for (const [at, digest] of digests.entries())
      expect(await openAt(into, { tag: String(at + 1) })).toMatchObject({ digest });
    expect(readdirSync(into).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
  });

  it('replaces a blob of a layout whose bytes do not match its name', async () => {
    const { root, digest } = layoutOf(await layersOf('whole'));
    const contents = contentsOf(root, digest);
    const path = inside('damaged', 'blobs', 'sha256', contents.blobs[1]?.digest.slice(7) ?? '');
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, Buffer.alloc(contents.blobs[1]?.size ?? 0));
    await writeLayout(inside('damaged'), contents, name, signal);
    expect(digestOf(readFileSync(path))).toBe(contents.blobs[1]?.digest);
  });

  it('has every platform of an index, of which Docker loads one', async () => {
    const root = inside('platforms');
    mkdirSync(root);
    const images = await Promise.all(
      ['amd64', 'arm64'].map(async (architecture) => ({
        ...writeManifest(root, await layersOf(architecture), { config: { os: 'linux', architecture } }),
        platform: { os: 'linux', architecture },
      })),
    );
    const { digest } = writeInnerIndex(root, images);
    await writeOciArchive(inside('platforms.tar'), contentsOf(root, digest), name, signal);
    for (const [at, platform] of ['linux/amd64', 'linux/arm64'].entries())
      expect(await openAt(inside('platforms.tar'), { platform })).toMatchObject({
        digest: images[at]?.digest,
      });
    expect(await openAt(inside('platforms.tar'), { platform: 'all' })).toMatchObject({ digest });
    const saved = execFileSync('tar', ['-xOf', inside('platforms.tar'), 'manifest.json'], {
      encoding: 'utf8',
    });
    expect(JSON.parse(saved)).toHaveLength(1);
  });
});

describe('with corrupted data', () => {
  it('contains only complete blobs, which the next pull reuses', async () => {
    const { root, digest } = layoutOf(await layersOf('fine', 'broken'));
    const [, broken] = contentsOf(root, digest).manifests[0].layers;
    let fetched: string[] = [];
    const breaking = (isBroken: boolean) => ({
      ...contentsOf(root, digest, (bytes) => {
        fetched.push(digestOf(bytes));
        return isBroken && digestOf(bytes) === broken?.digest ? Buffer.from('something else') : bytes;
      }),
    });
    const into = inside('into');
    await expect(writeLayout(into, breaking(true), name, signal)).rejects.toThrow('is another');
    expect(existsSync(join(into, 'index.json'))).toBe(false);
    const kept = readdirSync(join(into, 'blobs', 'sha256'));
    for (const blob of kept) {
      const bytes = readFileSync(join(into, 'blobs', 'sha256', blob));
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(blob);
    }
    fetched = [];
    await writeLayout(into, breaking(false), name, signal);
    expect(fetched).toContain(broken?.digest);
    for (const blob of kept) expect(fetched).not.toContain(`sha256:${blob}`);
    expect(await openAt(into)).toMatchObject({ digest });
    for (const write of [writeOciArchive, writeDockerArchive]) {
      await expect(write(inside('broken.tar'), breaking(true), name, signal)).rejects.toThrow('is another');
      expect(readdirSync(inside()).filter((each) => each.startsWith('broken'))).toEqual([]);
    }
  });

  it('is not written into a directory with other contents', async () => {
    const { root, digest } = layoutOf(await layersOf('a'));
    mkdirSync(inside('mine'));
    writeFileSync(inside('mine', 'file'), 'mine');
    await expect(writeLayout(inside('mine'), contentsOf(root, digest), name, signal)).rejects.toThrow(
      'has other files in it',
    );
    expect(readdirSync(inside('mine'))).toEqual(['file']);
  });
});
