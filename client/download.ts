import { platform } from '#platform';
import { defined } from '../lib/defined.ts';
import { chunksOf, textOf } from './body.ts';
import type { Elements } from './elements.ts';
import type { CallOptions } from './http.ts';
import type { Answered, Take } from './platform/platform.ts';
import { sleep } from './sleep.ts';
import { StoreError } from './store-error.ts';
import { unlessSilent } from './unless-silent.ts';
import { asUnreachable, isPassing, MAX_TRIES, pauseAfter, type TransferProgress } from './upload.ts';

/** The downloaded data does not match the element's checksum. */
export class ChecksumError extends Error {
  override readonly name = 'ChecksumError';
  readonly expected: string;
  readonly actual: string;

  constructor(id: string, expected: string, actual: string) {
    super(`the data of ${id} is ${actual}, not ${expected}`);
    this.expected = expected;
    this.actual = actual;
  }
}

export interface DownloadOptions extends CallOptions {
  readonly onProgress?: (progress: TransferProgress) => void;
}

/** Requests bytes, and reports the target of a redirect before following it. A browser follows redirects without reporting them. */
const fetchTelling = async (
  url: string,
  asked: { readonly headers: Readonly<Record<string, string>>; readonly signal: AbortSignal },
  onRedirect: (to: string) => void,
): Promise<Answered> => {
  const answered = await platform.request(url, asked);
  if (answered.status === 0) {
    const { status, headers, body } = await fetch(url, asked);
    return { status, headers, body: chunksOf(body) };
  }
  const location = answered.headers.get('location');
  if (answered.status !== 307 || location === null) return answered;
  await textOf(answered.body);
  const to = new URL(location, url).href;
  onRedirect(to);
  // The URL itself contains the authorisation.
  const { authorization: _, ...headers } = asked.headers;
  return platform.request(to, { ...asked, headers });
};

/** The body of an answer from an offset on. Throws `StoreError`, and network errors. */
export async function* readFrom(
  url: string,
  offset: number,
  signal: AbortSignal,
  headers: Readonly<Record<string, string>> = {},
  onRedirect: (to: string) => void = () => {},
): AsyncGenerator<Uint8Array, void> {
  const range = offset > 0 ? `bytes=${offset}-` : undefined;
  const asked = { headers: defined({ ...headers, 'accept-encoding': 'identity', range }), signal };
  const { status, headers: answered, body } = await fetchTelling(url, asked, onRedirect);
  if (status >= 300) throw new StoreError(status, await textOf(body), answered.get('retry-after'));
  // A store without ranges sends everything.
  let skipped = status === 206 ? offset : 0;
  for await (const chunk of body) {
    const skip = Math.min(chunk.length, offset - skipped);
    skipped += skip;
    if (skip < chunk.length) yield chunk.subarray(skip);
  }
}

/** Data to download. */
interface Receivable {
  /** The name for messages. */
  readonly id: string;
  readonly checksum: string;
  readonly size: number;
  /** The present URL of the data. */
  url(): string;
  read(offset: number, signal: AbortSignal): AsyncGenerator<Uint8Array, void>;
  /** Looks the URL up again after a failed download. */
  renew(): Promise<void>;
}

/** Receives bytes, continues after an interruption, and verifies them. Throws `ChecksumError`. */
export const receive = async (
  { id, checksum, size, url, read, renew }: Receivable,
  take: Take,
  { signal, onProgress }: DownloadOptions,
): Promise<{ readonly size: number; readonly checksum: string }> => {
  const algorithm = checksum.slice(0, checksum.indexOf(':'));
  const hash = platform.createHash(algorithm);
  let done = 0;
  for (let attempt = 1; ; attempt += 1) {
    const before = done;
    let isTaking = false;
    let failure: unknown;
    try {
      for await (const chunk of unlessSilent((either) => read(done, either), signal)) {
        hash.update(chunk);
        isTaking = true;
        await take(chunk);
        isTaking = false;
        done += chunk.length;
        onProgress?.({ phase: 'receiving', done, size });
      }
      if (done >= size) break;
    } catch (error) {
      signal?.throwIfAborted();
      // An error of the receiver, such as a full disk, is no error of the store.
      if (isTaking || !isPassing(error)) throw error;
      failure = error;
      if (attempt >= MAX_TRIES && done === before) throw asUnreachable(error, url());
    }
    if (done > before) attempt = 1;
    else if (attempt >= MAX_TRIES) break;
    await sleep(pauseAfter(failure, attempt), signal);
    await renew();
  }
  const actual = `${algorithm}:${hash.digest()}`;
  if (actual !== checksum) throw new ChecksumError(id, checksum, actual);
  return { size: done, checksum };
};

/**
 * Streams an element's data, continues after an interruption, and verifies it. Settles with the size and the checksum. Throws `ChecksumError`;
 * the caller must then discard the received bytes.
 */
export const receiveData = async (
  elements: Elements,
  id: string,
  take: Take,
  options: DownloadOptions,
): Promise<{ readonly size: number; readonly checksum: string }> => {
  const { signal } = options;
  const [{ size = 0 }, first] = await Promise.all([
    elements.read(id, { fields: ['attributes'], signal }),
    elements.locateData(id, { signal }),
  ]);
  const { checksum } = first;
  let { url } = first;
  const renew = async (): Promise<void> => {
    const again = await elements.locateData(id, { signal });
    // Another caller has replaced the data.
    if (again.checksum !== checksum) throw new ChecksumError(id, checksum, again.checksum);
    ({ url } = again);
  };
  const read = (offset: number, either: AbortSignal) => readFrom(url, offset, either);
  return receive({ id, checksum, size, url: () => url, read, renew }, take, options);
};
