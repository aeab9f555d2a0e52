import { platform } from '#platform';
import { defined } from '../lib/defined.ts';
import { chunksOf } from './body.ts';
import type { Elements } from './elements.ts';
import type { CallOptions } from './http.ts';
import type { Take } from './platform/platform.ts';
import { sleep } from './sleep.ts';
import { StoreError } from './store-error.ts';
import { asUnreachable, type TransferProgress } from './upload.ts';

/** The data that came is not what the element says. */
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

const MAX_TRIES = 6;
const SILENCE_MS = 60_000;

/** The body of a store's answer from an offset on. Throws `StoreError`, and what the network says. */
async function* readFrom(url: string, offset: number, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
  const response = await fetch(url, {
    headers: defined({ 'accept-encoding': 'identity', range: offset > 0 ? `bytes=${offset}-` : undefined }),
    signal,
  });
  if (!response.ok) throw new StoreError(response.status, await response.text());
  // A store that knows no ranges begins at the beginning.
  let skipped = response.status === 206 ? offset : 0;
  for await (const chunk of chunksOf(response.body)) {
    const skip = Math.min(chunk.length, offset - skipped);
    skipped += skip;
    if (skip < chunk.length) yield chunk.subarray(skip);
  }
}

/**
 * Streams an element's data, from where it broke off, and verifies it. Settles with its bytes and its checksum. Throws
 * `ChecksumError`; what was taken by then is not to be used.
 */
export const receiveData = async (
  elements: Elements,
  id: string,
  take: Take,
  { signal, onProgress }: DownloadOptions,
): Promise<{ readonly size: number; readonly checksum: string }> => {
  const [{ size = 0 }, first] = await Promise.all([
    elements.read(id, { fields: ['attributes'], signal }),
    elements.locateData(id, { signal }),
  ]);
  const { checksum } = first;
  const algorithm = checksum.slice(0, checksum.indexOf(':'));
  const hash = platform.createHash(algorithm);
  let done = 0;
  let { url } = first;
  for (let attempt = 1; ; attempt += 1) {
    const silence = new AbortController();
    const watch = () => setTimeout(() => silence.abort(new Error('the data store is silent')), SILENCE_MS);
    let watchdog = watch();
    const before = done;
    let isTaking = false;
    try {
      const either = signal ? AbortSignal.any([signal, silence.signal]) : silence.signal;
      for await (const chunk of readFrom(url, done, either)) {
        clearTimeout(watchdog);
        watchdog = watch();
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
      // A full disk is not the store's fault.
      if (isTaking) throw error;
      if (error instanceof StoreError && error.status < 500 && error.status !== 403) throw error;
      if (attempt >= MAX_TRIES && done === before) throw asUnreachable(error, url);
    } finally {
      clearTimeout(watchdog);
    }
    if (done > before) attempt = 1;
    else if (attempt >= MAX_TRIES) break;
    await sleep(Math.random() * 200 * 2 ** attempt, signal);
    const again = await elements.locateData(id, { signal });
    // Another has come in its place.
    if (again.checksum !== checksum) throw new ChecksumError(id, checksum, again.checksum);
    ({ url } = again);
  }
  const actual = `${algorithm}:${hash.digest()}`;
  if (actual !== checksum) throw new ChecksumError(id, checksum, actual);
  return { size: done, checksum };
};
