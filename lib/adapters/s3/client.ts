import { S3Client } from '@aws-sdk/client-s3';
import { storePatience } from '../store-patience.ts';
import { isBarred, unavailableOf } from '../unavailable.ts';

/** The client of the bucket. Path style where an endpoint is named, since those have no virtual hosts. */
export const createS3Client = (): S3Client =>
  new S3Client({
    forcePathStyle: process.env.AWS_ENDPOINT_URL_S3 !== undefined,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // Two tries end before the caller, whose gateway waits 29 s, has given up.
    maxAttempts: 2,
    requestHandler: {
      connectionTimeout: storePatience(1_000),
      requestTimeout: storePatience(12_000),
      throwOnRequestTimeout: true,
    },
  });

interface Thrown {
  readonly name?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const unavailable = unavailableOf('data store');

/** What `send` answers; `unavailable` where the store fails, may not be used, or does not answer at all. */
export const answered = async <T>(send: () => Promise<T>): Promise<T> => {
  try {
    return await send();
  } catch (error) {
    const { $metadata, name } = error as Thrown;
    const status = $metadata?.httpStatusCode;
    if (status !== undefined && status < 500 && name !== 'SlowDown' && !isBarred(error)) throw error;
    throw unavailable(error);
  }
};

/** Bytes as they come; `unavailable` where the store breaks off. */
export async function* unbroken(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  try {
    yield* bytes;
  } catch (error) {
    throw unavailable(error);
  }
}

/** What `send` answers; undefined where it fails with one of these codes or statuses. */
export const unless = async <T>(
  failures: readonly (string | number)[],
  send: () => Promise<T>,
): Promise<T | undefined> => {
  try {
    return await answered(send);
  } catch (error) {
    const { $metadata, name = '' } = error as Thrown;
    if (failures.includes(name) || failures.includes($metadata?.httpStatusCode ?? 0)) return undefined;
    throw error;
  }
};
