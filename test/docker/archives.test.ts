/**
 * The archives of `docs/archives.md` as layers of mounts beside the root, and of images that an engine pulls from the service, compared file by
 * file with Docker's own unpacking.
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { EngineImages } from '../../cli/docker/engine-images.ts';
import { persistUntil } from '../../cli/docker/persist.ts';
import { registryOf } from '../../cli/docker/service-registry.ts';
import { Taskport } from '../../client/taskport.ts';
import { compressionOf } from '../../lib/element/archive/decompressor.ts';
import { checkData } from '../../lib/element/element-data.ts';
import { rules } from '../../lib/kind/index.ts';
import { limits } from '../archives/limits.ts';
import type { Case, Found, Taken } from '../archives/row.ts';
import { rows, rowsWithinCall } from '../archives/rows.ts';
import { titled } from '../bundle.ts';
import { archiveOf } from '../busybox.ts';
import { DockerBench } from './bench.ts';
import { compared, type DescribedTree, describeImages, describeTrees } from './described-tree.ts';
import { startDocker, withoutDocker } from './dockerd.ts';
import { at, attemptOf, readOnly, Shelf } from './shelf.ts';

const without = withoutDocker();

const cases = Object.entries(rows)
  // Large archives take minutes, and show nothing else.
  .filter(([what]) => !rowsWithinCall.has(what) && !(what in limits))
  .flatMap(([what, each]) =>
    Object.entries(each).map(([how, one]) => ({ what, title: `${what}: ${how}`, one })),
  );
const taken = cases.filter(({ one: { answer } }) => 'unpackedSize' in answer);

/** Docker 20.10 accepts no whiteout of a root, and shows names that AUFS reserved. Taskport follows OCI in both. */
const OTHERWISE = ['of all that there is', 'Names of AUFS'];

const agrees = ({ others }: Case): boolean => !others.includes('docker');
/**
 * The rows that an engine pulls: the first of each property, and each compressed one. An engine unpacks a pulled layer like a loaded one, and the
 * layers of the other rows are, byte for byte, those that it loads.
 */
const pulls = new Set(
  taken.flatMap(({ what, one }, number) => {
    if (one.as !== 'image' || !agrees(one)) return [];
    const isFirst =
      taken.findIndex((other) => other.what === what && other.one.as === 'image' && agrees(other.one)) ===
      number;
    return isFirst || compressionOf(Buffer.from(one.make())) !== 'none' ? [number] : [];
  }),
);

const hexOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const plainOf = (layer: Buffer): Buffer => (compressionOf(layer) === 'gzip' ? gunzipSync(layer) : layer);

/** The input of `docker load`, for many images at once. */
const savedImages = (images: ReadonlyMap<string, readonly Buffer[]>): Promise<Buffer> => {
  const files: Record<string, Buffer> = {};
  const manifest = [...images].map(([RepoTag, layers]) => {
    const plain = layers.map(plainOf);
    const rootfs = { type: 'layers', diff_ids: plain.map((layer) => `sha256:${hexOf(layer)}`) };
    const config = Buffer.from(
      JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs, author: RepoTag }),
    );
    const Config = `${hexOf(config)}.json`;
    files[Config] = config;
    for (const layer of plain) files[`${hexOf(layer)}.tar`] = layer;
    return { Config, RepoTags: [RepoTag], Layers: plain.map((layer) => `${hexOf(layer)}.tar`) };
  });
  return archiveOf({ ...files, 'manifest.json': JSON.stringify(manifest) });
};

const FOUND: Readonly<Record<string, Found>> = {
  pipe: 'pipe',
  file: 'file',
  directory: 'directory',
  symlink: 'symlink',
};

describe.skipIf(without)(titled('an archive of the table', without), () => {
  let shelf: Shelf;
  let lower: Buffer;
  const began = Date.now();
  const own: (DescribedTree | Error)[] = [];
  const pulled: (DescribedTree | Error)[] = [];
  const tags: string[] = [];
  const ofDockers = new Map<string, DescribedTree>();
  const tagOf = (number: number): string => `localhost/archive-${began}:${number}`;

  /** Makes an engine without the layers pull rows from the service, as the root images of tasks. */
  const pullAll = async (): Promise<void> => {
    const other = await startDocker();
    const bench = await DockerBench.open(other.host);
    const { docker } = bench.reached;
    const closing = new AbortController();
    const taskport = new Taskport({ url: bench.service.url });
    const service = registryOf(taskport, bench.scope.service);
    const images = new EngineImages(bench.reached, service, persistUntil(closing.signal));
    const make = async (id: `image://${string}`, data: Uint8Array, parent: object): Promise<string> => {
      const base64 = Buffer.from(data).toString('base64');
      // The client repeats a call whose answer is lost.
      const { digest } = await taskport.elements.create<`image://${string}`>({
        id,
        data: { base64 },
        ...parent,
      });
      return digest as string;
    };
    const parentId = 'image://library/lower';
    try {
      await make(parentId, lower, {});
      const references = new Map<number, string>();
      const numbers = pulls.values();
      const pull = async (number: number): Promise<void> => {
        const id = `image://library/row-${number}` as const;
        try {
          const digest = await make(id, (taken[number] as (typeof taken)[number]).one.make(), { parentId });
          const reference = await images.have(
            { id, digest: digest as `sha256:${string}` },
            { attempt: attemptOf(number), abort: closing.signal },
          );
          references.set(number, reference);
        } catch (error) {
          pulled[number] = error as Error;
        }
      };
      const several = Array.from({ length: 4 }, async () => {
        for (const number of numbers) await pull(number);
      });
      await Promise.all(several);
      const found = [...references.values()].map((reference) => docker.getImage(reference).inspect());
      const trees = describeImages((await Promise.all(found)) as never);
      for (const number of references.keys()) pulled[number] = trees.shift() as DescribedTree;
    } finally {
      closing.abort();
      await bench.close();
      await other.stop();
    }
  };

  beforeAll(async () => {
    shelf = new Shelf(inject('dockerHost'));
    lower = await archiveOf({
      lower: 'x',
      'low/': { type: 'directory', mode: 0o700 },
      'low/in': 'x',
      '...': 'x',
    });
    const places: string[] = [];
    const prepare = async (number: number): Promise<void> => {
      const { make, as } = (taken[number] as (typeof taken)[number]).one;
      const id = `${as}://library/row-${number}`;
      const layers = [shelf.offer(`${id}-below`, lower), shelf.offer(id, Buffer.from(make()))];
      try {
        const mounts = await shelf.prepare([readOnly(at('/mnt', id, ...layers))], attemptOf(number));
        places[number] = await shelf.placeOf(mounts[0]);
      } catch (error) {
        own[number] = error as Error;
      }
    };
    const numbers = taken.keys();
    const several = Array.from({ length: 6 }, async () => {
      for (const number of numbers) await prepare(number);
    });
    await Promise.all(several);
    const found = describeTrees(...places.filter(Boolean));
    for (const number of places.keys()) if (places[number]) own[number] = found.shift() as DescribedTree;
    const ofDocker = taken
      .map(({ one }, number) => [tagOf(number), one] as const)
      .filter(([, one]) => agrees(one));
    const archive = await savedImages(
      new Map(ofDocker.map(([tag, one]) => [tag, [lower, Buffer.from(one.make())]])),
    );
    const said = await buffer(
      await shelf.docker.loadImage(Readable.from([archive]) as never, { quiet: true }),
    );
    tags.push(...ofDocker.map(([tag]) => tag));
    expect(said.toString()).toContain(tags.at(-1));
    const inspected = await Promise.all(tags.map((tag) => shelf.docker.getImage(tag).inspect()));
    const described = describeImages(inspected as never);
    for (const [count, tag] of tags.entries()) ofDockers.set(tag, described[count] as DescribedTree);
    await pullAll();
    // It makes some hundreds of containers.
  }, 1_200_000);
  afterAll(async () => {
    for (const tag of tags) await shelf.docker.getImage(tag).remove();
    await shelf.close();
  });

  it.each(taken.map(({ title, one }, number) => ({ title, one, number })))(
    '$title',
    async ({ title, one, number }) => {
      const tree = own[number] as DescribedTree;
      if (tree instanceof Error) {
        expect(title).toContain('for which ext4 has no room');
        return;
      }
      for (const [path, found] of Object.entries((one.answer as Taken).tree)) {
        const type = tree[Buffer.from(path).toString('latin1')]?.type;
        if (found === 'gone' || found === 'none') expect(type).toBeUndefined();
        else if (type !== undefined) expect(FOUND[type] ?? 'device').toBe(found);
      }
      const ofDocker = ofDockers.get(tagOf(number));
      if (!ofDocker || OTHERWISE.some((part) => title.includes(part))) return;
      const [ours, dockers] = compared(tree, ofDocker, began);
      expect(ours).toEqual(dockers);
      if (one.as !== 'image') return;
      const bytes = Buffer.from(one.make());
      const { layer } = await checkData(bytes, rules.image);
      expect(layer).toMatchObject({
        digest: `sha256:${hexOf(bytes)}`,
        diffId: `sha256:${hexOf(plainOf(bytes))}`,
      });
      if (!pulls.has(number)) return;
      expect(pulled[number]).not.toBeInstanceOf(Error);
      const [atRoot, same] = compared(pulled[number] as DescribedTree, ofDocker, began);
      expect(atRoot).toEqual(same);
    },
  );
});
