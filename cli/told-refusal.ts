import { ProblemError } from '../client/problem-error.ts';

/** The service refused, or would refuse. The command has printed that; the exit code tells scripts. */
export class ToldRefusal extends Error {
  override readonly name = 'ToldRefusal';
}

/** The service does not answer. The command has printed that. */
export class ToldUnreachable extends Error {
  override readonly name = 'ToldUnreachable';
}

/** Whether an error answers this request, so that further requests may succeed, rather than that the service cannot answer. */
export const isRefusal = (error: unknown): error is ProblemError =>
  error instanceof ProblemError &&
  error.status >= 400 &&
  error.status < 500 &&
  ![401, 429].includes(error.status);
