import { decodeCursor, encodeCursor } from '../../cursor.ts';
import { defined } from '../../defined.ts';
import { TaskportError } from '../../errors.ts';
import type { BlobStore, Multipart } from '../blob-store.ts';
import type { Checksum } from '../checksum.ts';
import type { ElementDependencies } from '../dependencies.ts';
import type { ElementRecord } from '../element.ts';
import type { DiscardedBlob } from '../element-store.ts';
import type { UploadJson } from './upload-schema.ts';

/**
 * Seconds within which a signed request has to begin, so that a leaked one soon becomes useless; a slower caller
 * asks for it again. A store checks the time only at the beginning, so a request may take longer.
 */
const URL_SECONDS = 300;
/** The number of signed requests in one answer. */
const REQUESTS_A_PAGE = 100;
/** Milliseconds that an upload may take before the sweeper gives it up. */
export const UPLOAD_MS = 24 * 3600_000;
/**
 * Milliseconds for which a request that began in time may still write, since a store checks the time only at the
 * beginning.
 */
const STRAGGLING_MS = 12 * 3600_000;

/** The sizes into which data is divided. */
export interface UploadLimits {
  /** The most bytes of data that one request uploads. */
  readonly singlePut: number;
  /** Bytes of a part of larger data. */
  readonly part: number;
}

/**
 * The limits of S3 (Amazon S3, multipart upload limits): 5 GiB in one piece, 10,000 parts; 32 GiB are 512 parts
 * here.
 */
export const S3_LIMITS: UploadLimits = { singlePut: 5 * 2 ** 30, part: 64 * 2 ** 20 };

/** An upload into an element. */
export interface Upload {
  /** The key to which the signed requests write. It is new, and it is stored before a request is signed. */
  readonly key: string;
  readonly size: number;
  readonly checksum: Checksum;
  readonly multipart?: Multipart;
  /** All signed requests have expired by then. */
  readonly until: string;
  /** The attachment whose writes are uploaded, if an executor saves a volume. */
  readonly attachment?: string;
  /** Set when all is uploaded and a verifier has to read the bytes. */
  readonly verification?: Verification;
}

/** One attempt to verify the uploaded data. */
interface Verification {
  readonly attempt: string;
  /** 1 for the first attempt, one more after each lost attempt. */
  readonly count: number;
}

type Dependencies = Pick<ElementDependencies, 'blobs' | 'newId' | 'now' | 'limits'>;

/** Begins an upload; for one in parts, the store gets to know its key. */
const beginUpload = async (
  { blobs, newId, now, limits }: Dependencies,
  size: number,
  checksum: Checksum,
): Promise<Upload> => {
  const key = newId();
  const until = new Date(now() + UPLOAD_MS).toISOString();
  if (size <= limits.singlePut) return { key, size, checksum, until };
  return {
    key,
    size,
    checksum,
    until,
    multipart: { id: await blobs.beginMultipart(key), partSize: limits.part },
  };
};

/**
 * Begins an upload for a change of an element. Aborts an upload in parts if the change is refused, and keeps it
 * if the change may have happened.
 */
export const withUpload = async <T>(
  deps: Dependencies,
  size: number,
  checksum: Checksum,
  change: (upload: Upload) => Promise<T>,
): Promise<T> => {
  const upload = await beginUpload(deps, size, checksum);
  try {
    return await change(upload);
  } catch (error) {
    const isRefused = error instanceof TaskportError && error.code !== 'unavailable';
    if (upload.multipart && isRefused)
      await deps.blobs.abortMultipart(upload.key, upload.multipart.id).catch(() => {});
    throw error;
  }
};

/** Signs the requests that an upload still needs, a page of them. Throws `invalid-request` for a foreign cursor. */
export const signUpload = async (
  { blobs, now }: { readonly blobs: BlobStore; readonly now: () => number },
  upload: Upload,
  cursor?: string,
): Promise<UploadJson> => {
  const left = Math.floor((Date.parse(upload.until) - now()) / 1000);
  const seconds = Math.max(1, Math.min(URL_SECONDS, left));
  const expiresAt = new Date(now() + seconds * 1000).toISOString();
  const query = ['upload', upload.key];
  const after = Number(decodeCursor(query, cursor, (place) => /^\d{1,5}$/.test(place)) ?? 0);
  const { key, size, checksum, multipart } = upload;
  if (!multipart) return { expiresAt, requests: [await blobs.signPut(key, size, checksum, seconds)] };
  const count = Math.ceil(size / multipart.partSize);
  const last = Math.min(count, after + REQUESTS_A_PAGE);
  const numbers = Array.from({ length: Math.max(0, last - after) }, (_, at) => after + at + 1);
  return defined({
    expiresAt,
    requests: await Promise.all(
      numbers.map((number) => blobs.signPart(key, multipart, size, number, seconds)),
    ),
    cursor: last < count ? encodeCursor(query, String(last)) : undefined,
  });
};

/** The time after which no signed request of an upload can write. */
export const lastWriteOf = ({ until }: Upload): string =>
  new Date(Date.parse(until) + STRAGGLING_MS).toISOString();

/** The uploaded bytes, to be removed after no element points to them. */
export const discardedUpload = (upload: Upload): DiscardedBlob =>
  defined({
    key: upload.key,
    until: lastWriteOf(upload),
    multipartId: upload.multipart?.id,
  });

/** Whether the element accepts an upload now. */
export const awaitsUpload = (record: ElementRecord): record is ElementRecord & { upload: Upload } =>
  record.upload !== undefined && record.upload.verification === undefined;
