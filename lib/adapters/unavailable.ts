import { TaskportError } from '../errors.ts';

/**
 * What AWS answers where a deployment may not use its own: a key that is disabled, a permission or a table that is gone, credentials that
 * are good no more (AWS KMS reaches DynamoDB's callers as `AccessDeniedException` and S3's as `KMS.…`; the answer to a HEAD has no code, which the SDK calls `Unknown`).
 */
const BARRED =
  /^(AccessDenied|KMS|ResourceNotFound|NoSuchBucket|InvalidAccessKeyId|Expired|InvalidToken|Unknown|Unrecognized)/;

/** Whether a store is closed to the whole deployment: nothing is wrong with the request, and another try changes nothing. */
export const isBarred = (error: unknown): boolean =>
  BARRED.test((error as { readonly name?: string } | undefined)?.name ?? '');

/** Makes the problem of a service of AWS that does not answer, however often it was asked, or may not be used. */
export const unavailableOf =
  (service: string) =>
  (cause?: unknown): TaskportError => {
    const detail = isBarred(cause)
      ? `the service may not use its ${service} now: ask those who run the deployment to look`
      : `the ${service} does not answer: try again`;
    return Object.assign(new TaskportError('unavailable', detail), cause === undefined ? {} : { cause });
  };
