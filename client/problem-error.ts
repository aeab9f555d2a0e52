import { defined } from '../lib/defined.ts';
import { type Issue, type ProblemCode, problemNames } from '../lib/errors.ts';
import { isObject } from '../lib/is-object.ts';

/** A problem in an answer of the service (RFC 9457); other members depend on the code. */
export interface Problem {
  readonly type: string;
  readonly title?: string;
  readonly status: number;
  /** Absent for answers of other servers, and for a bug (500). */
  readonly code?: ProblemCode;
  readonly detail?: string;
  readonly requestId?: string;
  /** Only for `invalid-request`. */
  readonly issues?: readonly Issue[];
  readonly [member: string]: unknown;
}

/** The service refused, with a reason. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly status: number;
  readonly code: ProblemCode | undefined;
  readonly detail: string;
  readonly problem: Problem;

  constructor(problem: Problem) {
    const detail = problem.detail ?? problem.title ?? `status ${problem.status}`;
    super(problem.code === undefined ? detail : `${problem.code}: ${detail}`);
    this.status = problem.status;
    this.code = problem.code;
    this.detail = detail;
    this.problem = problem;
  }
}

/** A conflict that the client finds by itself, in the form in which the service answers it. */
export const conflict = (code: ProblemCode, detail: string, id?: string): ProblemError =>
  new ProblemError({ ...problemNames(code), status: 409, code, detail, ...defined({ id }) });

/** The codes for an element or a location that does not exist. */
export const ABSENT: readonly ProblemCode[] = ['not-found', 'unknown-location'];

/** Whether the service refused for one of these reasons. */
export const isCode = (error: unknown, ...codes: readonly ProblemCode[]): error is ProblemError =>
  error instanceof ProblemError && codes.some((code) => code === error.code);

/** The problem in an answer; if a gateway answered, a problem made from the status. */
export const problemOf = (status: number, text: string): ProblemError => {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  if (isObject(body) && typeof body.type === 'string') {
    return new ProblemError({ ...body, type: body.type, status });
  }
  const said = isObject(body) && typeof body.message === 'string' ? `: ${body.message}` : '';
  return new ProblemError({ type: 'about:blank', status, detail: `the answer was ${status}${said}` });
};
