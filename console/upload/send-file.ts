import type { AwaitedElement, NewElement } from '../../client/elements.ts';
import { sleep } from '../../client/sleep.ts';
import type { SignedRequest, UploadedPart } from '../../lib/element/blob-store.ts';
import type { ElementJson } from '../../lib/element/representation.ts';
import type { UploadJson } from '../../lib/element/upload.ts';
import { api } from '../api.ts';
import { Sha256 } from './sha256.ts';

/** How far it is, and with what. Bytes. */
export interface Progress {
  readonly phase: 'reading' | 'sending' | 'verifying';
  readonly done: number;
  readonly size: number;
}

/** Read in pieces that are hashed in some milliseconds, so that the page answers in between. */
const PIECE = 2 ** 20;
const TRIES = 4;
const LOOK_MS = 150;
const MOST_LOOK_MS = 3_000;
/** The browser sets it by itself, and lets nobody else do so. */
const FORBIDDEN = 'content-length';

const checksumOf = async (
  file: File,
  onDone: (done: number) => void,
  signal: AbortSignal,
): Promise<string> => {
  const hash = new Sha256();
  for (let at = 0; at < file.size; at += PIECE) {
    signal.throwIfAborted();
    hash.update(new Uint8Array(await file.slice(at, at + PIECE).arrayBuffer()));
    onDone(Math.min(file.size, at + PIECE));
  }
  return `sha256:${hash.digest()}`;
};

/** Sends a piece by its signed request. Answers the entity tag; by XMLHttpRequest, since `fetch` tells no progress. */
const put = (
  { url, method, headers }: SignedRequest,
  body: Blob,
  onSent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<string> =>
  new Promise((settle, fail) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) {
      if (name !== FORBIDDEN) request.setRequestHeader(name, value);
    }
    request.upload.onprogress = ({ loaded }) => onSent(loaded);
    request.onload = () => {
      // What is put once only is there already: the answer to that was lost.
      const isThere = request.status === 412;
      if (request.status < 300 || isThere) settle(request.getResponseHeader('etag') ?? '');
      else fail(new Error(`the data store answered ${request.status}`));
    };
    request.onerror = () => fail(new Error('the data store does not answer'));
    request.onabort = () => fail(signal.reason);
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.send(body);
  });

const partNumberOf = ({ url }: SignedRequest): number =>
  Number(new URL(url).searchParams.get('partNumber') ?? 0);

/** Announces data, and answers how it is to be sent. */
type Announce = (data: { readonly checksum: string; readonly size: number }) => Promise<AwaitedElement>;

interface Sending {
  readonly file: File;
  readonly onProgress: (progress: Progress) => void;
  readonly signal: AbortSignal;
}

/** Sends what the requests ask for, one after the other. Answers the parts; none where it went in one piece. */
const sendParts = async (
  id: string,
  upload: UploadJson,
  { file, onProgress, signal }: Sending,
): Promise<UploadedPart[]> => {
  const parts: UploadedPart[] = [];
  let page = upload;
  let cursor: string | undefined;
  const sendOne = async (at: number): Promise<void> => {
    for (let attempt = 1; ; attempt += 1) {
      const request = page.requests[at] as SignedRequest;
      const { from, to } = request;
      const sent = (bytes: number) => onProgress({ phase: 'sending', done: from + bytes, size: file.size });
      try {
        const etag = await put(request, file.slice(from, to), sent, signal);
        const number = partNumberOf(request);
        if (number > 0) parts.push({ number, etag });
        return;
      } catch (error) {
        if (signal.aborted || attempt === TRIES) throw error;
        await sleep(Math.random() * 200 * 2 ** attempt, signal);
        // It may have expired: a page of parts takes longer than its signatures are good for.
        page = await api.elements.readUpload(id, cursor, { signal });
      }
    }
  };
  for (;;) {
    for (let at = 0; at < page.requests.length; at += 1) await sendOne(at);
    if (page.cursor === undefined) return parts;
    ({ cursor } = page);
    page = await api.elements.readUpload(id, cursor, { signal });
  }
};

/**
 * Sends the data of a file into what awaits it, and answers the element once that is settled: `ready`, or `failed` with why.
 * Throws `ProblemError` where it is refused, and what the store and the network say.
 */
const send = async (announce: Announce, { file, onProgress, signal }: Sending): Promise<ElementJson> => {
  const { size } = file;
  const checksum = await checksumOf(file, (done) => onProgress({ phase: 'reading', done, size }), signal);
  const { id, upload } = await announce({ checksum, size });
  const parts = upload === undefined ? [] : await sendParts(id, upload, { file, onProgress, signal });
  for (let wait = LOOK_MS; ; wait = Math.min(MOST_LOOK_MS, wait * 1.5)) {
    const named = parts.length === 0 ? undefined : parts;
    const { element, isSettled } = await api.elements.completeUpload(id, named, { signal });
    if (isSettled) return element;
    onProgress({ phase: 'verifying', done: size, size });
    await sleep(wait, signal);
  }
};

/** Creates an element with the data of a file; as `send`. */
export const createWithFile = (
  element: Omit<NewElement, 'data' | 'size' | 'checksum'>,
  sending: Sending,
): Promise<ElementJson> =>
  send(
    (data) =>
      api.elements.create({ ...element, ...data, data: { upload: true } }, { signal: sending.signal }),
    sending,
  );

/** Replaces the data of a volume by that of a file; as `send`. */
export const replaceByFile = (volumeId: string, sending: Sending): Promise<ElementJson> =>
  send((data) => api.elements.replaceData(volumeId, data, { signal: sending.signal }), sending);
