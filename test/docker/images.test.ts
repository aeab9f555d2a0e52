/** Images that once did not run, at `/` and beside it, compared file by file with Docker's own view. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import Dockerode from 'dockerode';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { PlannedStorage } from '../../lib/composition/plan/plan-input.ts';
import type { Attempt } from '../../lib/execution/attempt.ts';
import { archive, directory, file, hardLink, paxSparse, symlink } from '../archives/tar-bytes.ts';
import { frame } from '../archives/zstd-bytes.ts';
import { titled } from '../bundle.ts';
import { archiveOf, busyboxTree } from '../busybox.ts';
import {
  descriptorOf,
  digestOf,
  imageOf,
  jsonBytes,
  MANIFEST_TYPE,
  pushable,
  type SomeImage,
  sendImage,
  sendLayer,
} from '../oci.ts';
import { callsOf, Layout } from '../registry/layout.ts';
import { missing, output } from '../registry/tools.ts';
import { DockerBench, rootOf, sh } from './bench.ts';
import { compared, type DescribedTree, describeImages, describeTrees } from './described-tree.ts';
import { type Daemon, startDocker, withoutDocker } from './dockerd.ts';

const without = withoutDocker();
const withoutBuildah = missing('buildah');

/** Files that an engine adds to each container. */
const OF_ENGINES = /^(?:\.dockerenv|dev|proc|sys|etc|mnt)(?:\/|$)/;

/** The most layers that an engine takes. */
const MOST = 125;

const images: Readonly<Record<string, readonly Buffer[]>> = {
  'one layer twice': [archive(file('one', 'x')), archive(file('two', 'x')), archive(file('one', 'x'))],
  'no entries of directories': [
    archive(file('a/b/c', 'x')),
    archive(file('a/b/d', 'y'), symlink('e/f/g', '/a')),
  ],
  'what is taken away and brought anew': [
    archive(directory('a/'), file('a/old', 'x'), file('b/old', 'x'), file('c', 'x'), file('d/old', 'x')),
    archive(
      file('a/.wh..wh..opq'),
      directory('a/'),
      file('a/new', 'x'),
      file('.wh.b'),
      directory('c/'),
      file('d', 'x'),
    ),
    archive(file('b/new', 'x'), file('c/.wh.none'), file('c/in', 'x')),
  ],
  'hard links, some of whose names are gone': [
    archive(file('h/one', 'x'), hardLink('h/two', 'h/one'), hardLink('h/three', 'h/one')),
    archive(directory('h/'), file('h/.wh.one'), file('h/two', 'y')),
  ],
  'a file with holes': [archive(paxSparse('1.0', 'holes', [[4096, 'x'.repeat(4096)]], 2 ** 20))],
};

describe.skipIf(without)(titled('an image', without), () => {
  let bench: DockerBench;
  let other: Daemon;
  let base: Buffer;
  const began = Date.now();
  beforeAll(async () => {
    bench = await DockerBench.open(inject('dockerHost'));
    other = await startDocker();
    base = await archiveOf({ ...busyboxTree(), 'tmp/': { type: 'directory', mode: 0o1777 } });
  });
  afterAll(async () => {
    await bench.close();
    await other.stop();
  });

  /** Makes an engine load an image of these layers without the service, and answers what it says. */
  const loaded = async (docker: Dockerode, layers: readonly Buffer[]): Promise<string> => {
    const config = jsonBytes({
      architecture: 'amd64',
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: layers.map(digestOf) },
    });
    const name = (at: number): string => `${digestOf(layers[at] as Buffer).slice(7)}.tar`;
    const manifest = [
      { Config: 'config.json', RepoTags: ['localhost/it:1'], Layers: layers.map((_, at) => name(at)) },
    ];
    const files = Object.fromEntries(layers.map((layer, at) => [name(at), layer]));
    const saved = await archiveOf({ ...files, 'config.json': config, 'manifest.json': jsonBytes(manifest) });
    const said = await buffer(await docker.loadImage(Readable.from([saved]) as never, { quiet: true }));
    return said.toString();
  };

  /** The files of these layers on an engine without the service. */
  const ofDocker = async (layers: readonly Buffer[]): Promise<DescribedTree> => {
    const docker = new Dockerode({ socketPath: other.socket });
    expect(await loaded(docker, layers)).toContain('Loaded image');
    const [tree] = describeImages([(await docker.getImage('localhost/it:1').inspect()) as never]);
    return tree as DescribedTree;
  };

  const besides = ({ layers }: SomeImage): PlannedStorage => ({
    id: 'image://library/beside',
    kind: 'image',
    instance: '2026-01-31T12:00:00.000Z',
    mount: { path: '/mnt', readOnly: true, persistent: true },
    layers: layers.map((layer) => ({
      id: `image://library/layer@${digestOf(layer)}`,
      checksum: digestOf(layer) as `sha256:${string}`,
      size: layer.length,
      ro: {},
    })),
  });

  /** Pushes an image like the command line: an element refers to 80 layers, and is based on a group of earlier ones. */
  const pushed = async (image: SomeImage): Promise<void> => {
    if (image.layers.length <= 80) return bench.push(image);
    const calls = callsOf(bench.service.url);
    for (const layer of new Set(image.layers)) await sendLayer(calls, 'library', layer);
    const first = image.layers.slice(0, 80).map(digestOf);
    const group = `image://library/layers@${digestOf(Buffer.from(first.join(' ')))}`;
    const made = await calls.call('POST', '/v1/elements', { body: { id: group, oci: { layers: first } } });
    const { status } = await sendImage(calls, image, 'base', { parentId: group }, 'library');
    // Images with the same first layers share their group.
    expect([201, 409]).toContain(made.status);
    expect(status).toBe(201);
  };

  /** The files that a task sees of an image at `/`, and of the same at `/mnt`. */
  const seen = async (image: SomeImage): Promise<readonly DescribedTree[]> => {
    await pushed(image);
    const engine = bench.engine();
    const { container, attempts } = bench.composed([sh('sleep 1000')], {
      storage: [rootOf(image), besides(image)],
    });
    const [attempt] = attempts;
    if (!attempt) throw new Error('there is no attempt');
    await engine.start(attempt, container, bench.options());
    try {
      const [name = ''] = (await bench.left()).filter((each) => each.includes('-task-'));
      const { State } = await bench.reached.docker.getContainer(name.slice(1)).inspect();
      return describeTrees(`/proc/${State.Pid}/root`, `/proc/${State.Pid}/root/mnt`);
    } finally {
      await engine.stop(attempt);
      await engine.forget(attempt);
      await engine.close();
    }
  };

  const expectSame = async (image: SomeImage, plain: readonly Buffer[]): Promise<void> => {
    const dockers = await ofDocker(plain);
    const [atRoot = {}, beside = {}] = await seen(image);
    const isKept = (path: string): boolean => path !== '' && (path in dockers || !OF_ENGINES.test(path));
    const kept = (tree: DescribedTree): DescribedTree =>
      Object.fromEntries(Object.entries(tree).filter(([path]) => isKept(path)));
    const [root, ofRoot] = compared(kept(atRoot), kept(dockers), began);
    expect(root).toEqual(ofRoot);
    const [mounted, ofMounted] = compared(kept(beside), kept(dockers), began);
    expect(mounted).toEqual(ofMounted);
  };

  it.each(Object.entries(images))('runs with %s', async (_, layers) => {
    const plain = [base, ...layers];
    await expectSame(imageOf(plain.map((layer) => gzipSync(layer))), plain);
  });

  it('runs with as many layers as engines accept, and no more', async () => {
    const files = Array.from({ length: MOST }, (_, count) => file(`many/${count}`, `${count}`));
    const plain = [base, ...files.map((one) => archive(one))];
    const of = (count: number): SomeImage => imageOf(plain.slice(0, count).map((layer) => gzipSync(layer)));
    // Each layer adds a file, so one layer with all these files has the same result.
    await expectSame(of(MOST), [base, archive(...files.slice(0, MOST - 1))]);
    const tooMany = of(MOST + 1);
    await pushed(tooMany);
    const { container, attempts } = bench.composed([sh('true')], { storage: [rootOf(tooMany)] });
    const engine = bench.engine();
    await expect(engine.start(attempts[0] as Attempt, container, bench.options())).rejects.toThrow(
      `has ${MOST + 1} layers, and engines take ${MOST}`,
    );
    await engine.close();
    // Without the refusal, the engine itself would report this. It has all layers but the last.
    expect(await loaded(bench.reached.docker, plain)).toContain('max depth exceeded');
  });

  it('runs with layers in zstd, which this engine does not unpack', async () => {
    const plain = [base, archive(file('packed/by', 'zstd'))];
    const { blobs } = imageOf(plain.map((layer) => gzipSync(layer)));
    const layers = plain.map((layer) => frame(layer, 22));
    const [config = Buffer.alloc(0)] = blobs;
    const manifest = jsonBytes({
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      config: descriptorOf(config, 'application/vnd.oci.image.config.v1+json'),
      layers: layers.map((layer) => descriptorOf(layer, 'application/vnd.oci.image.layer.v1.tar+zstd')),
    });
    await expectSame(pushable(manifest, blobs, layers), plain);
  });

  it.skipIf(withoutBuildah)(titled('of five layers by buildah runs', withoutBuildah), async () => {
    const place = mkdtempSync(join(tmpdir(), 'taskport-buildah-'));
    try {
      const script = join(import.meta.dirname, '../registry/five-layers.sh');
      await output('sh', script, join(place, 'layout'), join(place, 'store'), 'said');
      const { image } = new Layout(join(place, 'layout'));
      await expectSame(
        image,
        image.layers.map((layer) => gunzipSync(layer)),
      );
    } finally {
      rmSync(place, { recursive: true, force: true });
    }
  });

  it('with a hard link into the layer below is refused before a bind, as by Docker', async () => {
    const layers = [base, archive(hardLink('again', 'bin/busybox'))];
    await expect(bench.push(imageOf(layers.map((layer) => gzipSync(layer))))).rejects.toThrow();
    await expect(ofDocker(layers)).rejects.toThrow('errorDetail');
  });
});
