import type { UploadedPart } from '../lib/element/blob-store.ts';
import type { SignedRequest, UploadJson } from '../lib/element/upload/upload-schema.ts';
import { firstAborted } from '../lib/first-aborted.ts';
import { InputError } from '../lib/input-error.ts';
import { UnreachableError } from '../lib/unreachable-error.ts';
import { type DataSource, UnreadError } from './data-source.ts';
import type { CallOptions } from './http.ts';
import { isOutage } from './outlasting.ts';
import { ProblemError } from './problem-error.ts';
import { sleep } from './sleep.ts';
import { StoreError } from './store-error.ts';

/** The progress of a transfer, in bytes. */
export interface TransferProgress {
  readonly phase: 'reading' | 'sending' | 'verifying' | 'receiving';
  readonly done: number;
  readonly size: number;
}

/** Remembers sent parts, for a process that continues an interrupted upload. */
export interface PartMemory {
  /** The entity tag of a part; `upload` identifies the upload. */
  get(upload: string, number: number): string | undefined;
  set(upload: string, number: number, etag: string): void;
}

export interface UploadOptions extends CallOptions {
  /** The most parts to send at a time. */
  readonly parallel?: number;
  readonly memory?: PartMemory;
  readonly onProgress?: (progress: TransferProgress) => void;
}

/** The most tries of a transfer without progress. */
export const MAX_TRIES = 6;
const PARALLEL = 4;
const MAX_DELAY_MS = 10_000;
/** A request that expires sooner is renewed before it begins. */
const MARGIN_MS = 60_000;

const parameterOf = ({ url }: SignedRequest, name: string): string | undefined =>
  new URL(url).searchParams.get(name) ?? undefined;

/** Whether a retry of a transfer may succeed: not after a refusal, except that of an expired URL, which can be renewed. */
export const isPassing = (error: unknown): boolean => {
  if (error instanceof StoreError && error.status === 403) return true;
  const refusals = [StoreError, ProblemError, InputError];
  return isOutage(error) || !refusals.some((each) => error instanceof each);
};

/** Milliseconds before the next try: a random part of a delay, and the wait that the store asks for. */
export const pauseAfter = (error: unknown, attempt: number): number => {
  const asked = error instanceof StoreError ? error.retryAfterMs : 0;
  return asked + Math.random() * Math.min(MAX_DELAY_MS, 200 * 2 ** attempt);
};

/** The last answer of the store, or that it did not answer. */
export const asUnreachable = (error: unknown, url: string): unknown =>
  error instanceof StoreError || error instanceof ProblemError || error instanceof UnreachableError
    ? error
    : new UnreachableError(`the data store at ${new URL(url).origin}`, error);

/** Reads a page of the signed requests of an upload. */
export type ReadUpload = (cursor?: string) => Promise<UploadJson>;

/** A page of signed requests. It is renewed when they expire. */
class RequestPage {
  readonly #readUpload: ReadUpload;
  readonly #cursor: string | undefined;
  #upload: Promise<UploadJson>;

  constructor(readUpload: ReadUpload, cursor: string | undefined, first: Promise<UploadJson>) {
    this.#readUpload = readUpload;
    this.#cursor = cursor;
    this.#upload = first;
  }

  /** Requests that stay valid for some time. */
  async read(isRefused = false): Promise<UploadJson> {
    const asked = this.#upload;
    const upload = await asked;
    const expires = Date.parse(upload.expiresAt) - Date.now() < MARGIN_MS;
    // The first part with an expired request renews the page for all.
    if ((expires || isRefused) && this.#upload === asked) {
      this.#upload = this.#readUpload(this.#cursor);
    }
    return this.#upload;
  }
}

/** Sends data by signed requests, several at a time. Answers the parts; none if one request sent all data. */
export const sendData = async (
  readUpload: ReadUpload,
  source: DataSource,
  begun: UploadJson | undefined,
  { signal, parallel = PARALLEL, memory, onProgress }: UploadOptions,
): Promise<UploadedPart[]> => {
  let done = 0;
  const advance = (bytes: number): void => {
    done += bytes;
    onProgress?.({ phase: 'sending', done, size: source.size });
  };
  const ending = new AbortController();
  const either = firstAborted(signal, ending.signal);

  const send = async (page: RequestPage, at: number): Promise<UploadedPart | undefined> => {
    let isRefused = false;
    for (let attempt = 1; ; attempt += 1) {
      either.throwIfAborted();
      const request = (await page.read(isRefused)).requests[at] as SignedRequest;
      const { from, to } = request;
      const upload = parameterOf(request, 'uploadId');
      const number = Number(parameterOf(request, 'partNumber') ?? 0);
      const known = upload === undefined ? undefined : memory?.get(upload, number);
      if (known !== undefined) {
        advance(to - from);
        return { number, etag: known };
      }
      let sent = 0;
      try {
        const etag = await source.put(request, either, (bytes) => {
          sent += bytes;
          advance(bytes);
        });
        if (upload === undefined) return undefined;
        memory?.set(upload, number, etag);
        return { number, etag };
      } catch (error) {
        either.throwIfAborted();
        advance(-sent);
        const isThere = error instanceof StoreError && error.status === 412;
        // The object exists already: the answer to its request was lost.
        if (isThere && upload === undefined) {
          advance(to - from);
          return undefined;
        }
        // An unreadable file is no error of the store.
        if (error instanceof UnreadError) throw error.cause;
        if (!isPassing(error)) throw error;
        if (attempt === MAX_TRIES) throw asUnreachable(error, request.url);
        isRefused = error instanceof StoreError && error.status === 403;
        await sleep(pauseAfter(error, attempt), either).catch(() => {});
      }
    }
  };

  const parts: UploadedPart[] = [];
  let cursor: string | undefined;
  let first = begun ? Promise.resolve(begun) : readUpload();
  try {
    for (;;) {
      const page = new RequestPage(readUpload, cursor, first);
      const { requests, cursor: following } = await page.read();
      const left = requests.map((_, at) => at);
      const work = async (): Promise<void> => {
        for (let at = left.shift(); at !== undefined; at = left.shift()) {
          const part = await send(page, at);
          if (part) parts.push(part);
        }
      };
      await Promise.all(Array.from({ length: Math.max(1, parallel) }, work));
      if (following === undefined) return parts.toSorted((a, b) => a.number - b.number);
      cursor = following;
      first = readUpload(cursor);
    }
  } catch (error) {
    // The first failure aborts the others; a retry continues with the known parts.
    ending.abort(error);
    throw error;
  }
};
