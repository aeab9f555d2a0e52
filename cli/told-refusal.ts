import { ProblemError } from '../client/problem-error.ts';

/** Something was refused, or would be: it has been told by then, and the exit code says it to scripts. */
export class ToldRefusal extends Error {
  override readonly name = 'ToldRefusal';
}

/** The service does not answer: it has been told by then. */
export class ToldUnreachable extends Error {
  override readonly name = 'ToldUnreachable';
}

/** Whether an error is an answer to what was asked, rather than that nothing can be asked now: others may be asked after it. */
export const isRefusal = (error: unknown): error is ProblemError =>
  error instanceof ProblemError &&
  error.status >= 400 &&
  error.status < 500 &&
  ![401, 429].includes(error.status);
