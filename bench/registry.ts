import { execFile, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createGzip } from 'node:zlib';
import { chooseImage } from '../cli/push/image-choice.ts';
import { openImage, openStore } from '../cli/push/whole-image.ts';
import { Taskport } from '../client/taskport.ts';
import { REGISTRY_BARS } from './bars.ts';
import { atMost, type Figure, median } from './figures.ts';
import { type Product, startProduct } from './product.ts';
import { MIB, writeArchive } from './transfers.ts';

const IMAGES = [
  { name: '512 MiB in one layer', layers: 1, bytes: 512 * MIB, rounds: 3 },
  { name: '100 small layers', layers: 100, bytes: 16 * 1024, rounds: 5 },
];
const ROOT = join(import.meta.dirname, '..');
const run = promisify(execFile);

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const from = performance.now();
  await work();
  return performance.now() - from;
};

interface Blob {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const sumOf = async (path: string): Promise<string> => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return `sha256:${hash.digest('hex')}`;
};

/** Writes the OCI layout of an image as `skopeo` would. Its layers are gzip files of incompressible bytes. */
export const writeLayout = async (root: string, count: number, bytes: number): Promise<void> => {
  const blobs = join(root, 'blobs', 'sha256');
  mkdirSync(blobs, { recursive: true });
  const keep = async (path: string, mediaType: string): Promise<Blob> => {
    const digest = await sumOf(path);
    execFileSync('mv', [path, join(blobs, digest.slice('sha256:'.length))]);
    return { mediaType, digest, size: (await stat(join(blobs, digest.slice('sha256:'.length)))).size };
  };
  const write = (content: object, mediaType: string): Promise<Blob> => {
    writeFileSync(join(root, 'document'), JSON.stringify(content));
    return keep(join(root, 'document'), `application/vnd.oci.image.${mediaType}`);
  };
  const layers: Blob[] = [];
  const diffIds: string[] = [];
  for (let at = 0; at < count; at += 1) {
    const { path, checksum } = await writeArchive(join(root, 'layer.tar'), bytes);
    diffIds.push(checksum);
    await pipeline(createReadStream(path), createGzip({ level: 1 }), createWriteStream(`${path}.gz`));
    layers.push(await keep(`${path}.gz`, 'application/vnd.oci.image.layer.v1.tar+gzip'));
    rmSync(path);
  }
  const config = await write(
    { architecture: 'amd64', os: 'linux', config: {}, rootfs: { type: 'layers', diff_ids: diffIds } },
    'config.v1+json',
  );
  const manifest = await write({ schemaVersion: 2, config, layers }, 'manifest.v1+json');
  writeFileSync(join(root, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(join(root, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [manifest] }));
};

const freePort = (): Promise<number> =>
  new Promise((settle) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => settle(port));
    });
  });

/** Debian's registry on its own directory. */
const startRegistry = async (directory: string) => {
  const [data, port] = [join(directory, 'registry'), await freePort()];
  mkdirSync(data);
  const config = {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: data } },
    http: { addr: `127.0.0.1:${port}` },
  };
  writeFileSync(`${data}.yml`, JSON.stringify(config));
  const child = spawn('docker-registry', ['serve', `${data}.yml`], { stdio: 'ignore' });
  for (let tries = 0; ; tries += 1) {
    const answered = await fetch(`http://127.0.0.1:${port}/v2/`).catch(() => undefined);
    if (answered?.ok) break;
    if (tries === 100) throw new Error('the registry does not answer');
    await sleep(50);
  }
  return {
    host: `127.0.0.1:${port}`,
    /** Empties the registry. */
    empty: () => rmSync(join(data, 'docker'), { recursive: true, force: true }),
    stop: () => child.kill(),
  };
};

const skopeo = (from: string, to: string) =>
  run('skopeo', [
    '--insecure-policy',
    'copy',
    '-q',
    '--src-tls-verify=false',
    '--dest-tls-verify=false',
    from,
    to,
  ]);

const taskport = ({ url, directory }: Product, ...args: string[]) =>
  run(process.execPath, [join(ROOT, 'dist/cli/main.js'), ...args], {
    env: { PATH: process.env.PATH, TASKPORT_URL: url, XDG_CACHE_HOME: directory },
  });

/** Times within the command: when the bytes are sent, and when the image is ready. */
const pushTimes = async (
  { url }: Product,
  layout: string,
  id: string,
): Promise<{ sent: number; ready: number }> => {
  const from = performance.now();
  let sent: number | undefined;
  const source = { path: layout, called: layout, isDirectory: true, size: 0 };
  const store = await openStore(source, 'layout', undefined, new AbortController().signal);
  const image = await openImage(store, (await chooseImage(store)).digest);
  await new Taskport({ url }).images.push(id, image, {
    onProgress: ({ phase }) => {
      if (phase === 'verifying') sent ??= performance.now() - from;
    },
  });
  const ready = performance.now() - from;
  return { sent: sent ?? ready, ready };
};

type Times = Record<'sent' | 'ready' | 'again' | 'elsewhere' | 'pull', number[]>;

const measureImage = async (
  product: Product,
  registry: Awaited<ReturnType<typeof startRegistry>>,
  { name, layers, bytes, rounds }: (typeof IMAGES)[number],
): Promise<Figure[]> => {
  const { directory, url } = product;
  const layout = join(directory, `layout-${layers}`);
  await writeLayout(layout, layers, bytes);
  const ratios: Times = { sent: [], ready: [], again: [], elsewhere: [], pull: [] };
  for (let round = -1; round < rounds; round += 1) {
    const location = `bench-${layers}-${round + 1}`;
    await new Taskport({ url }).locations.create({ name: location, kind: 'image' });
    registry.empty();
    const into = (who: string): string => join(directory, `${who}-${layers}-${round}`);
    const there = `docker://${registry.host}/bench/app:1`;
    const start = await timed(() => taskport(product, '--version'));
    const theirs = {
      push: () => timed(() => skopeo(`oci:${layout}`, there)),
      again: () => timed(() => skopeo(`oci:${layout}`, there)),
      elsewhere: () => timed(() => skopeo(`oci:${layout}`, `docker://${registry.host}/bench/other:1`)),
      pull: () => timed(() => skopeo(there, `oci:${into('theirs')}`)),
    };
    const ours = {
      push: () => pushTimes(product, layout, `image://${location}/app:1`),
      again: () => timed(() => taskport(product, 'image', 'push', `${location}/app:1`, layout)),
      elsewhere: () => timed(() => taskport(product, 'image', 'push', `${location}/other:1`, layout)),
      pull: () => timed(() => taskport(product, 'image', 'pull', `${location}/app:1`, into('ours'))),
    };
    // Each goes first in its turn, so that pending writes to the disk favour neither.
    const isOurTurn = round % 2 === 0;
    const both = async <T>(own: () => Promise<T>, other: () => Promise<number>): Promise<[T, number]> => {
      if (isOurTurn) return [await own(), await other()];
      const first = await other();
      return [await own(), first];
    };
    const [pushed, push] = await both(ours.push, theirs.push);
    const times = { sent: (pushed.sent + start) / push, ready: (pushed.ready + start) / push };
    const of = async (what: 'again' | 'elsewhere' | 'pull'): Promise<number> => {
      const [own, other] = await both(ours[what], theirs[what]);
      console.error(`${name}, ${what}: ${Math.round(own)} over ${Math.round(other)} ms`);
      return own / other;
    };
    console.error(
      `${name}: start ${Math.round(start)}, sent ${Math.round(pushed.sent)}, ready ${Math.round(pushed.ready)} over ${Math.round(push)} ms`,
    );
    const rest = { again: await of('again'), elsewhere: await of('elsewhere'), pull: await of('pull') };
    for (const who of ['ours', 'theirs']) rmSync(into(who), { recursive: true, force: true });
    // The first round does not count: it warms everything.
    if (round === -1) continue;
    for (const [what, ratio] of Object.entries({ ...times, ...rest }))
      ratios[what as keyof Times].push(ratio);
  }
  rmSync(layout, { recursive: true });
  const figure = (words: string, what: keyof Times): Figure =>
    atMost(`${name}, ${words} over the registry's by skopeo`, median(ratios[what]), REGISTRY_BARS[what]);
  return [
    figure('pushed until its bytes are sent,', 'sent'),
    figure('pushed until it is ready,', 'ready'),
    figure('pushed again,', 'again'),
    figure('pushed under another name,', 'elsewhere'),
    figure('pulled,', 'pull'),
  ];
};

/** Pushes and pulls of whole images, compared with Debian's `docker-registry` and `skopeo`, which also verify all data. */
export const measureRegistry = async (): Promise<Figure[]> => {
  const product = await startProduct();
  const registry = await startRegistry(product.directory);
  try {
    const figures: Figure[] = [];
    for (const image of IMAGES) figures.push(...(await measureImage(product, registry, image)));
    return figures;
  } finally {
    registry.stop();
    await product.stop();
  }
};
