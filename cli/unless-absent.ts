import { isCode } from '../client/problem-error.ts';
import type { ProblemCode } from '../lib/errors.ts';

/** The codes for an element or a location that does not exist. */
export const ABSENT: readonly ProblemCode[] = ['not-found', 'unknown-location'];

/** The answer of a call; undefined if it refuses with one of these codes. */
export const unlessAbsent = async <T>(
  call: Promise<T>,
  codes: readonly ProblemCode[] = ['not-found'],
): Promise<T | undefined> => {
  try {
    return await call;
  } catch (error) {
    if (isCode(error, ...codes)) return undefined;
    throw error;
  }
};
