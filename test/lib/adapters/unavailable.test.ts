import { describe, expect, it } from 'vitest';
import { isBarred } from '../../../lib/adapters/unavailable.ts';

const named = (name: string): Error => Object.assign(new Error('said by AWS'), { name });

describe('a store', () => {
  it.each([
    'AccessDenied',
    'AccessDeniedException',
    'KMS.DisabledException',
    'KMSInvalidStateException',
    'ResourceNotFoundException',
    'NoSuchBucket',
    'ExpiredTokenException',
    'InvalidAccessKeyId',
    'UnrecognizedClientException',
  ])('is closed to a deployment that is answered %s', (name) => expect(isBarred(named(name))).toBe(true));

  it.each([
    'ConditionalCheckFailedException',
    'TransactionCanceledException',
    'ValidationException',
    'ThrottlingException',
    'NoSuchKey',
    'NoSuchUpload',
    'InvalidPart',
    'TypeError',
    'TimeoutError',
  ])('is not to one that is answered %s', (name) => expect(isBarred(named(name))).toBe(false));

  it('is not where nothing was thrown', () => expect(isBarred(undefined)).toBe(false));
});
