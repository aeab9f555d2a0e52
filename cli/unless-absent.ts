import { ProblemError } from '../client/problem-error.ts';

/** How it is said that an element is not there, or the location of it. */
export const ABSENT: readonly string[] = ['not-found', 'unknown-location'];

/** What a call answers; undefined where what it asks for is not there, by one of these codes. */
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
