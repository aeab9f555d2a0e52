import type { AttributeValue, CancellationReason } from '@aws-sdk/client-dynamodb';
import { TaskportError } from '../../../errors.ts';
import { unavailableOf } from '../../unavailable.ts';

type StoredItem = Record<string, AttributeValue>;

interface Failure {
  /** Another try may succeed. */
  readonly retryable: boolean;
  /** The store may have stored the write, since only its answer got lost. */
  readonly ambiguous: boolean;
  /** The conditions that did not hold, by the position of their write, each with the row that failed it. */
  readonly failedConditions?: ReadonlyMap<number, StoredItem | undefined>;
}

interface Thrown {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  /** Which side is at fault, if the service answered an error. */
  readonly $fault?: 'client' | 'server';
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly CancellationReasons?: CancellationReason[];
  readonly Item?: StoredItem;
}

const REFUSED = new Set([
  'TransactionConflictException',
  'TransactionInProgressException',
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
  'LimitExceededException',
]);

const REFUSED_REASONS = new Set(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']);

/** The store's error messages say this of an item over 400 KB, in a write of its own and in a transaction. */
const TOO_LARGE = /item size/i;

/** Whether the store refused a write because the row would exceed the size of an item. */
export const isTooLarge = (error: unknown): boolean => {
  const { name, message, CancellationReasons } = error as Thrown;
  if (name === 'ValidationException') return TOO_LARGE.test(message ?? '');
  return (CancellationReasons ?? []).some(
    (reason) => reason.Code === 'ValidationError' && TOO_LARGE.test(reason.Message ?? ''),
  );
};

/** Classifies an error of the store by what it says of its write. */
export const classify = (error: unknown): Failure => {
  const thrown = error as Thrown;
  if (thrown.name === 'ConditionalCheckFailedException') {
    return { retryable: false, ambiguous: false, failedConditions: new Map([[0, thrown.Item]]) };
  }
  if (thrown.name === 'TransactionCanceledException') {
    const reasons = thrown.CancellationReasons ?? [];
    const failed = reasons.flatMap((reason, at): [number, StoredItem | undefined][] =>
      reason.Code === 'ConditionalCheckFailed' ? [[at, reason.Item]] : [],
    );
    if (failed.length > 0) return { retryable: false, ambiguous: false, failedConditions: new Map(failed) };
    return { retryable: reasons.some((reason) => REFUSED_REASONS.has(reason.Code ?? '')), ambiguous: false };
  }
  if (REFUSED.has(thrown.name ?? '')) return { retryable: true, ambiguous: false };
  const status = thrown.$metadata?.httpStatusCode;
  // The service did not answer an error: a connection broke or timed out, perhaps in the middle of an answer,
  // and then the error has that answer's status. A TaskportError or a bug has no code either.
  const broken =
    thrown.$fault === undefined &&
    (thrown.code !== undefined || thrown.name === 'TimeoutError') &&
    !(error instanceof TaskportError);
  const ambiguous = broken || (status !== undefined && status >= 500);
  return { retryable: ambiguous, ambiguous };
};

/** The problem of the table. */
export const unavailable = unavailableOf('metadata store');
