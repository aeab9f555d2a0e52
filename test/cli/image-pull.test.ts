/** Pulled images: every tool finds the image that was pushed. */
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { startAnswering } from '../answering.ts';
import { titled } from '../bundle.ts';
import { archiveOf } from '../uploading.ts';
import { digestOf, writeIndex, writeInnerIndex, writeManifest } from './image-layout.ts';
import { openAt } from './opening.ts';
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
const done = async (args: readonly string[], circumstances = {}) => {
  const ran = await run(args, circumstances);
  expect(ran).toMatchObject({ code: 0 });
  return ran;
};
/** Pushes an image with a compressed layer, a plain one, and the first again; answers its digest. */
const pushSome = async (id: string): Promise<string> => {
  const root = makeLayout();
  const [packed, plain] = [gzipSync(await layerOf()), await layerOf(randomBytes(5 * MIB), 'large')];
  const manifest = writeManifest(root, [packed, plain, packed]);
  writeIndex(root, [manifest]);
  await done(['image', 'push', id, root]);
  return manifest.digest;
};

describe('a pulled image', () => {
  it('is the pushed image, as a layout, as an archive and on standard output', async () => {
    const digest = await pushSome('images/app:1.2');
    expect((await done(['image', 'pull', 'images/app:1.2', inside('app'), '--json'])).json).toEqual([
      { id: `image://images/app@${digest}`, path: inside('app'), digest },
    ]);
    expect(await openAt(inside('app'), { tag: '1.2' })).toMatchObject({ as: 'layout', digest });
    await done(['image', 'pull', `images/app@${digest}`, inside('app.tar')]);
    expect(await openAt(inside('app.tar'))).toMatchObject({ digest });
    writeFileSync(inside('output.tar'), (await done(['image', 'pull', 'images/app:1.2', '-'])).bytes);
    expect(await openAt(inside('output.tar'), { tag: '1.2' })).toMatchObject({ digest });
    await done(['image', 'pull', 'images/app:1.2', inside('app.docker.tar'), '--format', 'docker-archive']);
    expect(await openAt(inside('app.docker.tar'), { tag: 'images/app:1.2' })).toMatchObject({ as: 'saved' });
    const pushed = await done(['image', 'push', 'images/back:1', inside('app.tar'), '--json']);
    expect(pushed.json).toMatchObject([{ digest }]);
  });

  it('shows its build steps, the latest first', async () => {
    const root = makeLayout();
    const history = [
      { created: '2026-01-01T00:00:00Z', created_by: '/bin/sh -c #(nop) ADD file:abc in / ' },
      { created_by: 'CMD ["/bin/sh"]', empty_layer: true },
      { created_by: '/bin/sh -c apk add curl' },
    ];
    const layers = [gzipSync(await layerOf()), await layerOf(), await layerOf()];
    const manifest = writeManifest(root, layers, { config: { history } });
    writeIndex(root, [manifest]);
    await done(['image', 'push', 'images/made:1', root]);
    const { out } = await done(['image', 'history', 'images/made:1']);
    expect(
      out.split('\n').map((line) => line.replace(/^[0-9a-f]{12} /, 'DIGEST ').replaceAll(/ +/g, ' ')),
    ).toEqual([
      'LAYER CREATED SIZE CREATED BY',
      `DIGEST - ${layers[2]?.length} bytes -`,
      `DIGEST - ${layers[1]?.length} bytes apk add curl`,
      '- - 0 bytes CMD ["/bin/sh"]',
      `DIGEST 2026-01-01T00:00:00Z ${layers[0]?.length} bytes ADD file:abc in /`,
      '',
    ]);
    expect((await done(['image', 'history', 'images/made:1', '--json'])).json[3]).toMatchObject({
      createdBy: history[0]?.created_by,
      layer: { digest: digestOf(layers[0] ?? '') },
    });
  });

  it('is found without a tag as latest, or by the ID of its element', async () => {
    const digest = await pushSome('images/untagged');
    await done(['image', 'pull', 'images/untagged', inside('untagged')]);
    expect(await openAt(inside('untagged'), { tag: 'latest' })).toMatchObject({ digest });
    writeFileSync(inside('layer.tar'), await layerOf());
    await done(['image', 'push', 'images/element', inside('layer.tar')]);
    await done(['image', 'pull', 'images/element', inside('element')]);
    expect((await openAt(inside('element')))?.layers).toEqual([digestOf(readFileSync(inside('layer.tar')))]);
    await done(['image', 'pull', 'images/element', inside('own.tar'), '--format', 'layer']);
    expect(readFileSync(inside('own.tar')).equals(readFileSync(inside('layer.tar')))).toBe(true);
  });

  it('is fetched with a credential of the registry if the caller uses a token', async () => {
    const digest = await pushSome('images/signed-in:1');
    const env = { TASKPORT_TOKEN: 'of a caller' };
    await done(['image', 'pull', 'images/signed-in:1', inside('signed-in')], { env });
    expect(await openAt(inside('signed-in'))).toMatchObject({ digest });
  });

  it('has the layers of its parents, the lowest first', async () => {
    const layers = await Promise.all(['base', 'child'].map((name) => layerOf(name, name)));
    for (const [at, name] of ['base', 'child'].entries()) {
      writeFileSync(inside(name), layers[at] as Uint8Array);
      const parent = at === 0 ? [] : ['--parent', 'images/chain:base'];
      await done(['image', 'push', `images/chain:${name}`, inside(name), ...parent]);
    }
    await done(['image', 'pull', 'images/chain:child', inside('chain.tar')]);
    expect((await openAt(inside('chain.tar')))?.layers).toEqual(layers.map(digestOf));
  });

  it('of many layers has them from one call, or from a call for each if that does not help', async () => {
    const root = makeLayout();
    const layers = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => layerOf(name, name)));
    const manifest = writeManifest(root, layers);
    writeIndex(root, [manifest]);
    await done(['image', 'push', 'images/layered:1', root]);
    // A URL that is over, and a service of before, which does not know the call.
    const ways = {
      found: { tell: (said: string) => said, calls: 2 },
      over: { tell: (said: string) => said.replaceAll(/X-Amz-Date=\d+/g, 'X-Amz-Date=20200101'), calls: 7 },
      unknown: { tell: () => undefined, calls: 7 },
    };
    for (const [name, { tell, calls }] of Object.entries(ways)) {
      const asked: string[] = [];
      const { url: before, stop } = await startAnswering(async ({ url: path = '' }, answer) => {
        const answered = await fetch(`${url()}${path}`, { redirect: 'manual' });
        const isCall = path.includes('/_taskport/');
        if (path.startsWith('/v2/')) asked.push(path);
        const said = Buffer.from(await answered.arrayBuffer());
        const told = isCall ? tell(said.toString()) : said;
        const { status, headers } = answered;
        answer.writeHead(told === undefined ? 404 : status, { location: headers.get('location') ?? '' });
        answer.end(told);
      });
      await done(['image', 'pull', 'images/layered:1', inside(name)], { env: { TASKPORT_URL: before } });
      stop();
      expect((await openAt(inside(name)))?.layers).toEqual(layers.map(digestOf));
      // Beside them, a call for the manifest and one for the config.
      expect(asked.filter((path) => !path.includes('/_taskport/'))).toHaveLength(calls);
    }
  });

  it('is an index with all platforms if one was pushed', async () => {
    const root = makeLayout();
    const images = await Promise.all(
      ['amd64', 'riscv64'].map(async (architecture) => ({
        ...writeManifest(root, [await layerOf()], { config: { os: 'linux', architecture } }),
        platform: { os: 'linux', architecture },
      })),
    );
    const index = writeInnerIndex(root, images);
    const { digest } = index;
    writeIndex(root, [index]);
    await done(['image', 'push', 'images/many:1', root, '--platform', 'all']);
    await done(['image', 'pull', 'images/many:1', inside('many')]);
    expect(await openAt(inside('many'), { platform: 'all' })).toMatchObject({ digest });
    expect(await openAt(inside('many'), { platform: 'linux/riscv64' })).toMatchObject({
      digest: images[1]?.digest,
    });
  });

  it('continues after an interruption in a layout, and starts again as a file', async () => {
    const digest = await pushSome('images/broken:1');
    for (const path of [inside('broken'), inside('broken.tar')]) {
      const interruption = new AbortController();
      const ended = await run(['image', 'pull', 'images/broken:1', path], {
        signal: interruption.signal,
        isWatched: true,
        onErr: (said) => said.includes('receiving') && interruption.abort(),
      });
      expect(ended).toMatchObject({ code: 130, out: '' });
      expect(ended.err).toMatch(/interrupted; run the same command again to continue\n$/);
      expect(existsSync(join(path, 'index.json')) || existsSync(inside('broken.tar'))).toBe(false);
      await done(['image', 'pull', 'images/broken:1', path]);
      expect(await openAt(path)).toMatchObject({ digest });
    }
    expect(
      readdirSync(join(inside('broken'), 'blobs', 'sha256')).filter((name) => name.endsWith('.part')),
    ).toEqual([]);
  });

  it('is refused if it is no OCI image, or cannot be written', async () => {
    expect(await run(['image', 'pull', 'images/none', inside('none')])).toMatchObject({
      code: 1,
      err: expect.stringContaining('not-found'),
    });
    await done(['image', 'create', 'images/empty']);
    expect(await run(['image', 'pull', 'images/empty', inside('none')])).toMatchObject({
      code: 2,
      err: expect.stringContaining('image://images/empty has no manifest'),
    });
    const digest = await pushSome('images/some:1');
    writeFileSync(inside('file'), 'mine');
    for (const path of [inside('file'), inside()])
      expect(await run(['image', 'pull', `images/some@${digest}`, path])).toMatchObject({ code: 2 });
    expect(await run(['image', 'pull', 'images/some:1', inside('x'), '--format', 'zip'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('zip is no format'),
    });
    expect(readFileSync(inside('file'), 'utf8')).toBe('mine');
  });
});

const tools = missing('skopeo');
describe.skipIf(tools !== undefined)(titled('skopeo', tools), () => {
  it('is accepted by skopeo, with the pushed digest', async () => {
    writeFileSync(inside('policy.json'), JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }));
    const digest = await pushSome('images/by-skopeo:1');
    await done(['image', 'pull', 'images/by-skopeo:1', inside('skopeo.tar')]);
    await done(['image', 'pull', 'images/by-skopeo:1', inside('skopeo')]);
    for (const from of [`oci-archive:${inside('skopeo.tar')}:1`, `oci:${inside('skopeo')}:1`]) {
      const into = inside(`copied-${digestOf(from).slice(7, 15)}`);
      execFileSync('skopeo', ['--policy', inside('policy.json'), 'copy', from, `dir:${into}`], {
        stdio: 'pipe',
      });
      expect(digestOf(readFileSync(join(into, 'manifest.json')))).toBe(digest);
    }
  });
});

const daemon =
  spawnSync('docker', ['info'], { stdio: 'ignore' }).status === 0 ? undefined : 'no docker runs here';
describe.skipIf(daemon !== undefined)(titled('docker', daemon), () => {
  it.each([[], ['--format', 'docker-archive']])(
    'is loaded with its ID and its name by %s',
    async (...format) => {
      const digest = await pushSome('images/by-docker:1');
      await done(['image', 'pull', 'images/by-docker:1', inside('docker.tar'), ...format]);
      const { config } = JSON.parse(
        Buffer.from((await openAt(inside('docker.tar')))?.manifest ?? '').toString(),
      );
      const docker = (...args: string[]) => execFileSync('docker', args, { encoding: 'utf8', stdio: 'pipe' });
      try {
        expect(docker('load', '-i', inside('docker.tar'))).toContain('images/by-docker:1');
        // In an engine with the containerd image store, it is the digest of the manifest.
        expect([config.digest, digest]).toContain(
          docker('image', 'inspect', '--format', '{{.Id}}', 'images/by-docker:1').trim(),
        );
      } finally {
        docker('image', 'rm', '-f', 'images/by-docker:1');
      }
    },
  );
});
