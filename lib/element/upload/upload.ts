import { decodeCursor, encodeCursor } from '../../cursor.ts';
import { defined } from '../../defined.ts';
import type { BlobStore, Multipart } from '../blob-store.ts';
import type { Checksum } from '../checksum.ts';
import type { ElementDependencies } from '../dependencies.ts';
import type { ElementRecord } from '../element.ts';
import type { DiscardedBlob } from '../element-store.ts';
import type { UploadJson } from './upload-schema.ts';

/**
 * Seconds within which a signed request has to be begun: a leaked one is soon worth nothing, and a slower caller asks for
 * it again. A store asks for the time at the beginning, so it is no bound to how long the bytes take.
 */
const URL_SECONDS = 300;
/** How many signed requests one answer carries. */
const REQUESTS_A_PAGE = 100;
/** Milliseconds an upload may take before it is given up. */
export const UPLOAD_MS = 24 * 3600_000;
/** Milliseconds that a request which was begun in time may go on writing: a store asks for the time at the beginning. */
const STRAGGLING_MS = 12 * 3600_000;

/** How data is divided. */
export interface UploadLimits {
  /** Bytes up to which it is put in one piece. */
  readonly singlePut: number;
  /** Bytes of a part above that. */
  readonly part: number;
}

/** What S3 takes (Amazon S3, multipart upload limits): 5 GiB in one piece, 10,000 parts; 32 GiB are 512 parts here. */
export const S3_LIMITS: UploadLimits = { singlePut: 5 * 2 ** 30, part: 64 * 2 ** 20 };

/** Data on its way into an element. */
export interface Upload {
  /** Where the signed requests put it; fresh, and recorded before one is signed. */
  readonly key: string;
  readonly size: number;
  readonly checksum: Checksum;
  readonly multipart?: Multipart;
  /** No signed request is good any more from then on. */
  readonly until: string;
  /** The attachment whose writes it is, where an executor saves a volume. */
  readonly attachment?: string;
  /** Set once all is uploaded and the bytes have to be read. */
  readonly verification?: Verification;
}

/** One attempt to verify what was uploaded. */
interface Verification {
  readonly attempt: string;
  /** 1 for the first, one more for each that was lost. */
  readonly count: number;
}

/** Begins to take up data: the store is told where it will come in parts. */
export const beginUpload = async (
  { blobs, newId, now, limits }: Pick<ElementDependencies, 'blobs' | 'newId' | 'now' | 'limits'>,
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

/** Signs the requests that an upload still takes, a page of them. Throws `invalid-request` for a foreign cursor. */
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

/** When nothing that was signed for an upload writes any more. */
export const lastWriteOf = ({ until }: Upload): string =>
  new Date(Date.parse(until) + STRAGGLING_MS).toISOString();

/** What was uploaded, once nothing points to where it was put. */
export const discardedUpload = (upload: Upload): DiscardedBlob =>
  defined({
    key: upload.key,
    until: lastWriteOf(upload),
    multipartId: upload.multipart?.id,
  });

/** Whether an element's data can be uploaded now. */
export const awaitsUpload = (record: ElementRecord): record is ElementRecord & { upload: Upload } =>
  record.upload !== undefined && record.upload.verification === undefined;
