import { isCode } from '../client/problem-error.ts';
import type { ProblemCode } from '../lib/errors.ts';

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
