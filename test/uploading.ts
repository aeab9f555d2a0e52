/** The steps of an upload: announce data, send it by signed requests, complete it. */
import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { expect, vi } from 'vitest';
import type { UploadedPart } from '../lib/element/blob-store.ts';
import type { SignedRequest } from '../lib/element/upload/upload-schema.ts';
import { digest, pathOf } from './functions/api/support.ts';
import { NOTHING, type Storehouse } from './storehouse.ts';
import type { Answer } from './taskport.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
/** After every lease, every staging time and the expiry of every URL. */
export const MUCH_LATER = 40 * HOUR;

/** An entry of an archive. */
export interface ArchiveEntry {
  readonly name: string;
  readonly content?: Uint8Array | string;
  readonly type?: 'directory' | 'symlink' | 'link' | 'character-device' | 'fifo';
  readonly linkname?: string;
}

export const archiveOf = async (...entries: readonly ArchiveEntry[]): Promise<Uint8Array> => {
  const archive = pack();
  const packed = buffer(archive);
  for (const { content, ...header } of entries) {
    if (header.type) archive.entry(header);
    else archive.entry(header, Buffer.from(content ?? ''));
  }
  archive.finalize();
  return packed;
};

/** Objects in the store for an archive: its bytes, and the index of its paths. */
export const OBJECTS_AN_ARCHIVE = 2;

/** An archive of one file with this many random bytes. */
export const someArchive = (bytes = 700): Promise<Uint8Array> =>
  archiveOf({ name: 'file', content: randomBytes(bytes) });

export { digest, pathOf };

/** Announces data, with its true values unless a test overrides them. */
export const announce = (
  { call }: Pick<Storehouse, 'call'>,
  id: string,
  bytes: Uint8Array,
  said: object = {},
): Promise<Answer> =>
  call('POST', '/v1/elements', {
    id,
    size: bytes.length,
    checksum: digest('sha256', bytes),
    data: { upload: true },
    ...said,
  });

/** Sends one signed request, with its own bytes or others; answers the part in the store. */
export const send = async (
  { method, url, headers, from, to }: SignedRequest,
  bytes: Uint8Array,
  other?: Uint8Array,
): Promise<{ status: number; etag: string }> => {
  // `fetch` sets the length of the really sent bytes.
  const { 'content-length': _, ...sent } = headers;
  const body = new Uint8Array(other ?? bytes.subarray(from, to));
  const response = await fetch(url, { method, headers: sent, body });
  await response.arrayBuffer();
  return { status: response.status, etag: response.headers.get('etag') ?? '' };
};

/** Sends all requests, and answers the parts. */
export const sendAll = async (
  requests: readonly SignedRequest[],
  bytes: Uint8Array,
  partSize = bytes.length,
): Promise<UploadedPart[]> =>
  Promise.all(
    requests.map(async (request) => {
      const { status, etag } = await send(request, bytes);
      expect(status).toBe(200);
      return { number: request.from / (partSize || 1) + 1, etag };
    }),
  );

export const complete = ({ call }: Pick<Storehouse, 'call'>, id: string, body?: object): Promise<Answer> =>
  call('POST', `${pathOf(id)}/data/complete`, body);

export const read = async ({ call }: Pick<Storehouse, 'call'>, id: string): Promise<Answer> =>
  call('GET', pathOf(id));

/** The data of an element; the status if there is none. */
export const download = async (
  { call }: Pick<Storehouse, 'call'>,
  id: string,
  headers: Record<string, string> = {},
): Promise<Buffer | number> => {
  const answer = await call('GET', `${pathOf(id)}/data`);
  if (answer.status !== 307) return answer.status;
  const response = await fetch(answer.headers.get('location') as string, { headers });
  const bytes = Buffer.from(await response.arrayBuffer());
  return response.ok ? bytes : response.status;
};

/** Announces data, sends it in one piece, and completes it. Answers the last answer. */
export const upload = async (storehouse: Storehouse, id: string, bytes: Uint8Array): Promise<Answer> => {
  const announced = await announce(storehouse, id, bytes);
  expect(announced).toMatchObject({ status: 201 });
  await sendAll(announced.body.upload.requests, bytes);
  return complete(storehouse, id);
};

/** Runs changes that all begin an upload in parts before any change is written. Answers the aborted uploads too. */
export const overtaking = async (
  { dependencies }: Storehouse,
  ...changes: readonly (() => Promise<Answer>)[]
): Promise<{ answers: Answer[]; begun: string[]; aborted: string[] }> => {
  const { blobs, limits } = dependencies;
  const begun: string[] = [];
  const beginMultipart = blobs.beginMultipart.bind(blobs);
  let release = () => {};
  const allBegan = new Promise<void>((settle) => {
    release = settle;
  });
  const spies = [
    vi.spyOn(blobs, 'beginMultipart').mockImplementation(async (key) => {
      begun.push(key);
      if (begun.length === changes.length) release();
      await allBegan;
      return beginMultipart(key);
    }),
    vi.spyOn(blobs, 'abortMultipart'),
  ] as const;
  Object.assign(dependencies, { limits: { singlePut: 100, part: 1000 } });
  try {
    const answers = await Promise.all(changes.map((change) => change()));
    return { answers, begun, aborted: spies[1].mock.calls.map(([key]) => key) };
  } finally {
    Object.assign(dependencies, { limits });
    for (const spy of spies) spy.mockRestore();
  }
};

/** Deletes an element, runs the sweeper, and checks that the store is empty. */
export const expectNothingLeft = async (storehouse: Storehouse, ...ids: readonly string[]): Promise<void> => {
  for (const id of ids) {
    expect((await storehouse.call('DELETE', pathOf(id))).status, `DELETE ${id}`).toBeOneOf([204, 404]);
  }
  await storehouse.sweep();
  await storehouse.sweep(MUCH_LATER);
  expect(await storehouse.remains()).toEqual(NOTHING);
};
