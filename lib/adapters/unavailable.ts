import { TaskportError } from '../errors.ts';

/**
 * The errors of AWS if a deployment may not use its own resources: a disabled key, a missing permission or
 * table, expired credentials. AWS KMS reaches DynamoDB's callers as `AccessDeniedException` and S3's as `KMS.…`;
 * the answer to a HEAD has no code, which the SDK calls `Unknown`.
 */
const BARRED =
  /^(AccessDenied|KMS|ResourceNotFound|NoSuchBucket|InvalidAccessKeyId|Expired|InvalidToken|Unknown|Unrecognized)/;

/** Whether the store refuses the whole deployment: the request is not at fault, and another try does not help. */
export const isBarred = (error: unknown): boolean =>
  BARRED.test((error as { readonly name?: string } | undefined)?.name ?? '');

/** Makes the problem of an AWS service that does not answer after all tries, or that refuses the deployment. */
export const unavailableOf =
  (service: string) =>
  (cause?: unknown): TaskportError => {
    const detail = isBarred(cause)
      ? `the service may not use its ${service} now: ask those who run the deployment to look`
      : `the ${service} does not answer: try again`;
    return Object.assign(new TaskportError('unavailable', detail), cause === undefined ? {} : { cause });
  };
