import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { SignedRequest } from '../../lib/element/upload/upload-schema.ts';
import { chunksOf } from '../body.ts';
import type { Data, DataSource, FileSlice } from '../data-source.ts';
import { StoreError } from '../store-error.ts';
import { SILENCE_MS } from '../unless-silent.ts';
import type { Platform } from './platform.ts';

/** The size of pieces: each is hashed in some milliseconds, so the page stays responsive. */
const PIECE_BYTES = 2 ** 20;
/** Only the browser sets this header. */
const FORBIDDEN = 'content-length';

const ALGORITHMS: Readonly<Record<string, typeof sha256 | typeof sha512>> = { sha256, sha512 };

/** Sends a piece by its signed request with XMLHttpRequest, because `fetch` reports no progress. */
const put = (
  { url, method, headers }: SignedRequest,
  body: Blob,
  signal: AbortSignal | undefined,
  onBytes: (bytes: number) => void,
): Promise<string> =>
  new Promise((settle, fail) => {
    let sent = 0;
    const request = new XMLHttpRequest();
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) {
      if (name !== FORBIDDEN) request.setRequestHeader(name, value);
    }
    const end = (): void => {
      fail(new Error('the data store does not answer'));
      request.abort();
    };
    let watchdog = setTimeout(end, SILENCE_MS);
    request.onloadend = () => clearTimeout(watchdog);
    request.upload.onprogress = ({ loaded }) => {
      clearTimeout(watchdog);
      watchdog = setTimeout(end, SILENCE_MS);
      onBytes(loaded - sent);
      sent = loaded;
    };
    request.onload = () => {
      if (request.status < 300) settle(request.getResponseHeader('etag') ?? '');
      else fail(new StoreError(request.status, request.responseText));
    };
    request.onerror = () => fail(new Error('the data store does not answer'));
    request.onabort = () => fail(signal?.reason);
    signal?.addEventListener('abort', () => request.abort(), { once: true });
    request.send(body);
  });

/** Buffers a whole stream, on disk if the browser decides so: a request needs its size and its checksum. */
const blobOf = async (data: Exclude<Data, string | FileSlice>): Promise<Blob> => {
  if (data instanceof Blob) return data;
  if (data instanceof Uint8Array) return new Blob([data as Uint8Array<ArrayBuffer>]);
  const parts: Blob[] = [];
  for await (const chunk of 'read' in data ? data.read(0, data.size) : data)
    parts.push(new Blob([chunk as Uint8Array<ArrayBuffer>]));
  return new Blob(parts);
};

const sourceOf = (blob: Blob, signal: AbortSignal | undefined): DataSource => ({
  size: blob.size,
  checksum: async (onBytes) => {
    const hash = sha256.create();
    for (let at = 0; at < blob.size; at += PIECE_BYTES) {
      signal?.throwIfAborted();
      const piece = new Uint8Array(await blob.slice(at, at + PIECE_BYTES).arrayBuffer());
      hash.update(piece);
      onBytes(piece.length);
    }
    return `sha256:${bytesToHex(hash.digest())}`;
  },
  bytes: async () => new Uint8Array(await blob.arrayBuffer()),
  put: (request, aborted, onBytes) => put(request, blob.slice(request.from, request.to), aborted, onBytes),
  close: async () => {},
});

export const platform: Platform = {
  request: async (url, asked) => {
    const init = { ...asked, redirect: 'manual' } as RequestInit;
    const { status, headers, body } = await fetch(url, init);
    return { status, headers, body: chunksOf(body) };
  },
  createHash: (algorithm) => {
    const hash = ALGORITHMS[algorithm]?.create();
    if (!hash) throw new TypeError(`there is no ${algorithm} here`);
    return { update: (bytes) => void hash.update(bytes), digest: () => bytesToHex(hash.digest()) };
  },
  openData: async (data, signal) => {
    if (typeof data === 'string' || 'path' in data)
      throw new TypeError('a browser reads no paths: give a File, or bytes');
    return sourceOf(await blobOf(data), signal);
  },
  writeFile: async () => {
    throw new TypeError('a browser writes no files: give a function that takes the bytes');
  },
  connect: async () => {
    throw new TypeError('a page opens no sessions: a WebSocket of a browser cannot be held back');
  },
  signIam: async () => {
    throw new TypeError('a browser has no AWS credentials of an environment: give a token');
  },
};
