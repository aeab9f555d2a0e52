/** The root image of a task is the one with the digest in its plan, however it gets to the engine. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import type { DockerEngine, DockerEngineOptions } from '../../cli/docker/docker-engine.ts';
import { loadImage } from '../../cli/docker/load-image.ts';
import { registryOf } from '../../cli/docker/service-registry.ts';
import { Taskport } from '../../client/taskport.ts';
import type { PlannedStorage } from '../../lib/composition/plan/plan-input.ts';
import type { Progress } from '../../lib/execution/engine.ts';
import { titled } from '../bundle.ts';
import { archiveOf, busyboxTree } from '../busybox.ts';
import { startFaultProxy } from '../faults/proxy.ts';
import {
  descriptorOf,
  digestOf,
  INDEX_TYPE,
  imageOf,
  jsonBytes,
  MANIFEST_TYPE,
  pushable,
  type SomeImage,
} from '../oci.ts';
import { callsOf, tag } from '../registry/layout.ts';
import { DockerBench, rootOf, sh } from './bench.ts';
import { withoutDocker } from './dockerd.ts';
import { EngineProxy } from './engine-proxy.ts';

const without = withoutDocker();
const NOWHERE = '127.0.0.1:9';

describe.skipIf(without)(titled('the image at the root of a task', without), () => {
  let bench: DockerBench;
  const engines: DockerEngine[] = [];
  beforeAll(async () => {
    bench = await DockerBench.open(inject('dockerHost'));
  });
  afterEach(async () => {
    for (const engine of engines.splice(0)) await engine.close();
    expect(await bench.left()).toEqual([]);
  });
  afterAll(() => bench.close());

  let images = 0;
  /** An image that no other test has; a file identifies it. */
  const someImage = async (more: readonly Buffer[] = []): Promise<SomeImage> => {
    images += 1;
    const tree = { ...busyboxTree(), which: `image ${images} of ${process.pid} at ${Date.now()}\n` };
    return imageOf([gzipSync(await archiveOf(tree)), ...more]);
  };
  const open = (options: Partial<DockerEngineOptions> = {}): DockerEngine => {
    const engine = bench.engine(options);
    engines.push(engine);
    return engine;
  };
  const run = async (engine: DockerEngine, root: PlannedStorage, script = 'cat /which') => {
    const { container, attempts } = bench.composed([sh(script)], { storage: [root] });
    const [attempt] = attempts;
    if (!attempt) throw new Error('there is no task');
    const told: Progress[] = [];
    const onProgress = (progress: Progress): void => void told.push(progress);
    const { ended } = await engine.start(attempt, container, bench.options({ onProgress }));
    const { at: _, ...end } = await ended;
    await engine.forget(attempt);
    return { end, lines: bench.lines(attempt), told };
  };
  const whichOf = (image: SomeImage): string =>
    /image \d+ of \d+ at \d+/.exec(gunzipSync(image.layers[0] ?? Buffer.alloc(0)).toString('latin1'))?.[0] ??
    '';
  /** An engine that cannot reach the service. */
  const apart = () => {
    const service = registryOf(new Taskport({ url: bench.service.url }), bench.scope.service);
    let opened = 0;
    const open: typeof service.open = (...given) => {
      opened += 1;
      return service.open(...given);
    };
    return { registry: { ...service, authority: NOWHERE, open }, opened: () => opened };
  };

  it('is pulled by its digest once, with progress', async () => {
    const image = await someImage();
    await bench.push(image);
    const engine = open();
    const { end, lines, told } = await run(engine, rootOf(image));
    expect({ end, lines }).toEqual({ end: { exitCode: 0 }, lines: [whichOf(image)] });
    expect(told.at(-1)).toMatchObject({ layerId: rootOf(image).id, done: told.at(-1)?.size });
    expect((await run(engine, rootOf(image))).told).toEqual([]);
  });

  it('fails to start if the service has deleted it, and leaves nothing', async () => {
    const image = await someImage();
    await expect(run(open(), rootOf(image))).rejects.toThrow(/not-found|no element|cannot be fetched/);
    const other = { ...rootOf(image), id: bench.root.id };
    await expect(run(open(), other)).rejects.toThrow(`${bench.root.id} is `);
  });

  it('is loaded once into an engine that cannot reach the service, and is the same', async () => {
    const image = await someImage();
    await bench.push(image);
    const { registry, opened } = apart();
    const engine = open({ registry });
    const { end, lines, told } = await run(engine, rootOf(image));
    expect({ end, lines }).toEqual({ end: { exitCode: 0 }, lines: [whichOf(image)] });
    expect(told.at(-1)?.done).toBe(told.at(-1)?.size);
    await run(engine, rootOf(image));
    expect(opened()).toBe(1);
    // Another process finds it there.
    expect((await run(open({ registry }), rootOf(image))).told).toEqual([]);
  });

  it('stays in no temporary directory if the engine is gone in the middle of a load', async () => {
    const image = imageOf([gzipSync(await archiveOf({ large: Buffer.alloc(16 * 2 ** 20, 'x') }))]);
    await bench.push(image);
    const registry = registryOf(new Taskport({ url: bench.service.url }), bench.scope.service);
    const { signal } = new AbortController();
    const [place, name] = [mkdtempSync(join(bench.directory, 'tmp-')), { repository: 'gone', tag: '1' }];
    const proxy = await EngineProxy.start(inject('dockerHost').replace('unix://', ''), join(place, 'engine'));
    proxy.fate = () => 'gone in the middle';
    vi.stubEnv('TMPDIR', place);
    try {
      const remote = await registry.open(rootOf(image).id, { signal });
      await expect(loadImage(proxy.docker, remote, name, signal, () => {})).rejects.toThrow();
      expect(readdirSync(place)).toEqual(['engine']);
    } finally {
      vi.unstubAllEnvs();
      await proxy.stop();
    }
  });

  it('is the one of several platforms that matches the engine', async () => {
    const [own, foreign] = [await someImage(), await someImage()];
    for (const image of [own, foreign]) await bench.push(image);
    const of = ({ manifest }: SomeImage, architecture: string) =>
      descriptorOf(manifest, MANIFEST_TYPE, { platform: { os: 'linux', architecture } });
    const architecture = bench.reached.facts.architecture;
    const manifests = [of(foreign, 's390x'), of(own, architecture)];
    const index = pushable(jsonBytes({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests }));
    await bench.push(index);
    const { lines, end } = await run(open(), rootOf(index));
    expect({ lines, end }).toEqual({ lines: [whichOf(own)], end: { exitCode: 0 } });
    const none = pushable(
      jsonBytes({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests: manifests.slice(0, 1) }),
    );
    await bench.push(none);
    await expect(run(open(), rootOf(none))).rejects.toThrow(`has no image for linux on ${architecture}`);
  });

  it('is loaded uncompressed into an engine without zstd', async () => {
    const plain = await archiveOf({ ...busyboxTree(), which: 'by zstd\n' });
    const packed = execFileSync('zstd', ['-c'], { input: plain, maxBuffer: 2 ** 26 });
    const config = { rootfs: { type: 'layers', diff_ids: [digestOf(plain)] } };
    const layer = descriptorOf(packed, 'application/vnd.oci.image.layer.v1.tar+zstd');
    const made = imageOf([], { config, manifest: { layers: [layer] } });
    const image = { ...made, layers: [packed] };
    await bench.push(image);
    expect(await run(open(), rootOf(image))).toMatchObject({ end: { exitCode: 0 }, lines: ['by zstd'] });
  });

  it('is awaited while its manifest is still computed', async () => {
    const image = await someImage();
    await bench.push(image);
    const proxy = await startFaultProxy(bench.service.url);
    const isManifest = ({ path }: { readonly path: string }): boolean => path.includes('/manifests/');
    proxy.answer(isManifest, { code: 'Unavailable', status: 503 }, { times: 7 });
    const registry = {
      ...registryOf(new Taskport({ url: proxy.url }), bench.scope.service),
      authority: bench.scope.service.host,
    };
    expect((await run(open({ registry }), rootOf(image))).lines).toEqual([whichOf(image)]);
    await proxy.stop();
  });

  it('of another registry is pulled by its name, or the engine’s copy if the registry does not answer', async () => {
    const [one, other] = [await someImage(), await someImage()];
    for (const image of [one, other]) await bench.push(image);
    const proxy = await startFaultProxy(bench.service.url);
    const registryImage = `${new URL(proxy.url).host}/library/base:moving`;
    const elsewhere: PlannedStorage = {
      ...bench.root,
      layers: [{ id: 'image://library/elsewhere', ro: { 'registry/image': registryImage } }],
    };
    for (const image of [one, other]) {
      await tag(callsOf(bench.service.url), 'library/base', 'moving', image);
      expect((await run(open(), elsewhere)).lines).toEqual([whichOf(image)]);
    }
    await proxy.stop();
    expect((await run(open(), elsewhere)).lines).toEqual([whichOf(other)]);
  });

  it('may be empty', async () => {
    const empty: PlannedStorage = { ...bench.root, layers: [{ id: bench.root.id, ro: {} }] };
    await expect(run(open(), empty)).rejects.toThrow(/\/bin\/sh": stat \/bin\/sh: no such file/);
  });
});
