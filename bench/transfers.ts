import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { type EventEmitter, once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { get, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { pack } from 'tar-stream';
import { clientConfig } from '../infra/local/client-config.ts';
import type { SignedRequest } from '../lib/element/upload/upload-schema.ts';
import { MEMORY_BAR_MIB, THROUGHPUT_BAR, VERIFICATION_BAR } from './bars.ts';
import { atLeast, atMost, type Figure } from './figures.ts';
import { type Product, startProduct } from './product.ts';

export const MIB = 1024 * 1024;
const SIZES = [
  { name: '64 MiB', bytes: 64 * MIB, rounds: 10 },
  { name: '1 GiB', bytes: 1024 * MIB, rounds: 4 },
];

/** An archive on disk, with its size and checksum. */
interface Archive {
  readonly path: string;
  readonly size: number;
  readonly checksum: string;
}

/** Writes a tar archive with one file of that many incompressible bytes. */
export const writeArchive = async (path: string, bytes: number): Promise<Archive> => {
  const archive = pack();
  const block = randomBytes(Math.min(MIB, bytes));
  const entry = archive.entry({ name: 'data', size: bytes });
  const writing = pipeline(archive, createWriteStream(path));
  for (let at = 0; at < bytes; at += block.length) {
    if (!entry.write(block)) await once(entry as unknown as EventEmitter, 'drain');
  }
  entry.end(Buffer.alloc(0));
  archive.finalize();
  await writing;
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return { path, size: (await stat(path)).size, checksum: `sha256:${hash.digest('hex')}` };
};

const total = (times: readonly number[]): number => times.reduce((sum, time) => sum + time, 0);

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
};

const call = async (product: Product, method: string, path: string, body?: unknown) => {
  const response = await fetch(`${product.url}/v1${path}`, {
    method,
    redirect: 'manual',
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  if (response.status >= 400) throw new Error(`${method} ${path}: ${await response.text()}`);
  return response;
};

const put = (url: string, headers: Record<string, string>, path: string): Promise<void> =>
  new Promise((settle, fail) => {
    const sent = request(url, { method: 'PUT', headers }, (response) => {
      response
        .resume()
        .on('end', () =>
          response.statusCode === 200 ? settle() : fail(new Error(`PUT ${response.statusCode}`)),
        );
    });
    pipeline(createReadStream(path, { highWaterMark: MIB }), sent).catch(fail);
  });

/** Reads to the end, the same way for both. */
const drain = async (bytes: AsyncIterable<Uint8Array>): Promise<void> => {
  for await (const _ of bytes);
};

const download = async (url: string): Promise<void> => {
  const [response] = (await once(get(url), 'response')) as [IncomingMessage];
  await drain(response);
};

interface Uploaded {
  /** The store, as the signed request names it. */
  readonly store: URL;
}

/** Creates an image, uploads its data and completes it: the full work of a caller. */
const upload = async (
  product: Product,
  name: string,
  { path, size, checksum }: Archive,
): Promise<Uploaded> => {
  const answer = await call(product, 'POST', '/elements', {
    id: `image://bench/${name}`,
    size,
    checksum,
    data: { upload: true },
  });
  const { upload } = (await answer.json()) as { upload: { requests: [SignedRequest] } };
  const [signed] = upload.requests;
  await put(signed.url, signed.headers, path);
  await call(product, 'POST', `/elements/image/bench/${name}/data/complete`);
  return { store: new URL(signed.url) };
};

const untilReady = async (product: Product, name: string): Promise<void> => {
  for (;;) {
    const answer = await call(product, 'GET', `/elements/image/bench/${name}`);
    const { state } = (await answer.json()) as { state: string };
    if (state === 'ready') return;
    if (state !== 'verifying') throw new Error(`${name} is ${state}`);
    await sleep(25);
  }
};

/** MiB by which the product's memory grows at most during `work`. */
const memoryDuring = async (product: Product, work: () => Promise<unknown>): Promise<number> => {
  const idle = product.residentBytes();
  let peak = idle;
  const timer = setInterval(() => {
    peak = Math.max(peak, product.residentBytes());
  }, 100);
  await work();
  clearInterval(timer);
  return (peak - idle) / MIB;
};

/** Times two ways of the same work. They take turns to go first, so that a warm cache favours neither. */
const inTurns = async (
  round: number,
  service: { readonly times: number[]; readonly work: () => Promise<unknown> },
  bare: { readonly times: number[]; readonly work: () => Promise<unknown> },
): Promise<void> => {
  for (const { times, work } of round % 2 === 0 ? [service, bare] : [bare, service])
    times.push(await timed(work));
};

const measureSize = async (
  product: Product,
  { name: size, bytes, rounds }: (typeof SIZES)[number],
): Promise<Figure[]> => {
  const archive = await writeArchive(join(product.directory, `${bytes}.tar`), bytes);
  const times: Record<'up' | 'bareUp' | 'down' | 'bareDown' | 'ready' | 'sum', number[]> = {
    up: [],
    bareUp: [],
    down: [],
    bareDown: [],
    ready: [],
    sum: [],
  };
  // Not timed: reading the memory of another process slows this one down.
  const first = `${bytes}-first`;
  let store = new URL(product.url);
  const memory = await memoryDuring(product, async () => {
    ({ store } = await upload(product, first, archive));
    await untilReady(product, first);
  });
  const client = new S3Client({
    ...clientConfig(store.origin),
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  for (let round = 0; round < rounds; round += 1) {
    const name = `${bytes}-${round}`;
    const object = { Bucket: store.pathname.split('/')[1] ?? '', Key: `bare-${name}` };
    const bareUpload = async () => {
      const Body = createReadStream(archive.path, { highWaterMark: MIB });
      await client.send(new PutObjectCommand({ ...object, Body, ContentLength: archive.size }));
    };
    const serviceUpload = () => upload(product, name, archive);
    if (round % 2 === 0) times.bareUp.push(await timed(bareUpload));
    times.up.push(await timed(serviceUpload));
    // The bytes are read while nothing else is timed.
    times.ready.push(await timed(() => untilReady(product, name)));
    if (round % 2 === 1) times.bareUp.push(await timed(bareUpload));
    times.sum.push(await timed(async () => execFileSync('sha256sum', [archive.path])));
    await inTurns(
      round,
      {
        times: times.down,
        work: async () => {
          const redirect = await call(product, 'GET', `/elements/image/bench/${name}/data`);
          await download(redirect.headers.get('location') ?? '');
        },
      },
      {
        times: times.bareDown,
        work: async () => {
          const { Body } = await client.send(new GetObjectCommand(object));
          await drain(Body as AsyncIterable<Uint8Array>);
        },
      },
    );
  }
  client.destroy();
  // Over all rounds, because each way goes first in half of them.
  const ratio = (over: number[], under: number[]) => total(over) / total(under);
  return [
    atLeast(
      `upload of ${size}, throughput over the bare client's`,
      ratio(times.bareUp, times.up),
      THROUGHPUT_BAR,
    ),
    atLeast(
      `download of ${size}, throughput over the bare client's`,
      ratio(times.bareDown, times.down),
      THROUGHPUT_BAR,
    ),
    ...(bytes < 1024 * MIB
      ? []
      : [
          atMost(`memory during ${size}, MiB above idle`, memory, MEMORY_BAR_MIB),
          atMost(
            `from complete to ready, ${size}, over sha256sum`,
            ratio(times.ready, times.sum),
            VERIFICATION_BAR,
          ),
        ]),
  ];
};

/** Data through the service compared with the same bytes through the bare client, on the same store. */
export const measureTransfers = async (): Promise<Figure[]> => {
  const product = await startProduct();
  try {
    await call(product, 'POST', '/locations', { name: 'bench', kind: 'image' });
    const figures: Figure[] = [];
    for (const size of SIZES) figures.push(...(await measureSize(product, size)));
    return figures;
  } finally {
    await product.stop();
  }
};
