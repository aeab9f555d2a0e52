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
  ])('refuses access after %s', (name) => expect(isBarred(named(name))).toBe(true));

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
  ])('does not refuse access after %s', (name) => expect(isBarred(named(name))).toBe(false));

  it('does not refuse access without an error', () => expect(isBarred(undefined)).toBe(false));
});
