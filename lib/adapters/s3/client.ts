import { S3Client } from '@aws-sdk/client-s3';
import { storePatience } from '../store-patience.ts';
import { isBarred, unavailableOf } from '../unavailable.ts';

/**
 * The client of the bucket. It uses path style if an endpoint is named, since such endpoints have no virtual
 * hosts.
 */
export const createS3Client = (): S3Client =>
  new S3Client({
    forcePathStyle: process.env.AWS_ENDPOINT_URL_S3 !== undefined,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // Two tries end before the gateway of the caller gives up, after 29 s.
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

/** The answer of `send`. Throws `unavailable` if the store fails, refuses the deployment, or does not answer. */
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

/** Bytes as they arrive. Throws `unavailable` if the store breaks off. */
export async function* unbroken(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  try {
    yield* bytes;
  } catch (error) {
    throw unavailable(error);
  }
}

/** The answer of `send`; undefined if it fails with one of these codes or statuses. */
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
