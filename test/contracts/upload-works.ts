/** Steps of uploads, for tests whose process dies in between. */
import { randomBytes } from 'node:crypto';
import { expect, vi } from 'vitest';
import type { UploadLimits } from '../../lib/element/upload/upload.ts';
import { PATIENCE } from '../patience.ts';
import type { Storehouse } from '../storehouse.ts';
import { announce, complete, digest, pathOf, sendAll, someArchive } from '../uploading.ts';

const PART = 32 * 1024;
export const limits: UploadLimits = { singlePut: 64 * 1024, part: PART };

/** The data of a volume that is about to be replaced. */
export const old = await someArchive(300);
const small = await someArchive(700);
const large = await someArchive(70_000);

export const beginReplacement = (process: Storehouse, id: string, bytes: Uint8Array) =>
  process.call('POST', `${pathOf(id)}/data/upload`, {
    size: bytes.length,
    checksum: digest('sha256', bytes),
  });
export const sendAwaited = async (storehouse: Storehouse, id: string, sent: Uint8Array) => {
  const { status, body } = await storehouse.call('GET', `${pathOf(id)}/data/upload`);
  return status === 200 ? await sendAll(body.requests, sent, PART) : undefined;
};
export const announced = (storehouse: Storehouse, id: string, bytes: Uint8Array): Promise<void> =>
  // A client tries again if a busy store does not answer in time.
  vi.waitFor(async () => expect((await announce(storehouse, id, bytes)).status).toBe(201), PATIENCE);
const sent = async (storehouse: Storehouse, id: string, bytes: Uint8Array, really = bytes) => {
  await announced(storehouse, id, bytes);
  return { parts: await sendAwaited(storehouse, id, really) };
};
const completed = async (
  storehouse: Storehouse,
  id: string,
  bytes: Uint8Array,
  really = bytes,
): Promise<void> => {
  expect((await complete(storehouse, id, await sent(storehouse, id, bytes, really))).status).toBe(202);
};
const ready = async (storehouse: Storehouse, id: string, bytes: Uint8Array): Promise<void> => {
  await completed(storehouse, id, bytes);
  await storehouse.verify(id);
};

/** The work of a process that dies: its start, its data, and its required end. */
export interface Work {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** The bytes that are really sent. */
  readonly sent?: Uint8Array;
  readonly arrange?: (storehouse: Storehouse, id: string) => Promise<unknown>;
  readonly run: (process: Storehouse, id: string, arranged: unknown) => Promise<unknown>;
  readonly end: 'ready' | 'gone' | 'checksum-mismatch' | 'data-error';
}

const wrong = randomBytes(small.length);
const short = randomBytes(10);
const remove = (process: Storehouse, id: string) => process.call('DELETE', pathOf(id));
const verify = (process: Storehouse, id: string) => process.verify(id);
const finishParts = (process: Storehouse, id: string, body: unknown) => complete(process, id, body as object);

export const works: readonly Work[] = [
  { name: 'a create', bytes: small, run: (process, id) => announce(process, id, small), end: 'ready' },
  {
    name: 'a create for parts',
    bytes: large,
    run: (process, id) => announce(process, id, large),
    end: 'ready',
  },
  {
    name: 'a complete',
    bytes: small,
    arrange: (storehouse, id) => sent(storehouse, id, small),
    run: finishParts,
    end: 'ready',
  },
  {
    name: 'a complete of parts',
    bytes: large,
    arrange: (storehouse, id) => sent(storehouse, id, large),
    run: finishParts,
    end: 'ready',
  },
  {
    name: 'a complete that refuses',
    bytes: small,
    sent: short,
    arrange: (storehouse, id) => sent(storehouse, id, small, short),
    run: finishParts,
    end: 'data-error',
  },
  {
    name: 'a verification',
    bytes: small,
    arrange: (storehouse, id) => completed(storehouse, id, small),
    run: verify,
    end: 'ready',
  },
  {
    name: 'a verification that refuses',
    bytes: small,
    sent: wrong,
    arrange: (storehouse, id) => completed(storehouse, id, small, wrong),
    run: verify,
    end: 'checksum-mismatch',
  },
  {
    name: 'a delete while data is awaited',
    bytes: large,
    arrange: (storehouse, id) => sent(storehouse, id, large),
    run: remove,
    end: 'gone',
  },
  {
    name: 'a delete while data is read',
    bytes: small,
    arrange: (storehouse, id) => completed(storehouse, id, small),
    run: remove,
    end: 'gone',
  },
  {
    name: 'a delete of data',
    bytes: small,
    arrange: (storehouse, id) => ready(storehouse, id, small),
    run: remove,
    end: 'gone',
  },
  {
    name: 'the beginning of a replacement',
    bytes: large,
    arrange: (storehouse, id) => ready(storehouse, id, old),
    run: (process, id) => beginReplacement(process, id, large),
    end: 'ready',
  },
  {
    name: 'the end of a replacement',
    bytes: small,
    arrange: async (storehouse, id) => {
      await ready(storehouse, id, old);
      await beginReplacement(storehouse, id, small);
      await complete(storehouse, id, { parts: await sendAwaited(storehouse, id, small) });
    },
    run: verify,
    end: 'ready',
  },
];
