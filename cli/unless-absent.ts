import { ProblemError } from '../client/problem-error.ts';

/** The codes for an element or a location that does not exist. */
export const ABSENT: readonly string[] = ['not-found', 'unknown-location'];

/** The answer of a call; undefined if it refuses with one of these codes. */
export const unlessAbsent = async <T>(
  call: Promise<T>,
  codes: readonly string[] = ['not-found'],
): Promise<T | undefined> => {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ProblemError && codes.includes(error.code ?? '')) return undefined;
    throw error;
  }
};
