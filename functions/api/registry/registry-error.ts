import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { type ProblemCode, TaskportError } from '../../../lib/errors.ts';
import { answerProblem } from '../problem.ts';
import type { ApiContext } from '../request.ts';

/**
 * The errors in the terms of clients (OCI distribution specification, error codes; the last two are those of the
 * registry that preceded it), their status, and the problem as which each counts.
 */
const codes = {
  UNAUTHORIZED: [401, 'unauthenticated'],
  DENIED: [403, 'permission-denied'],
  NAME_INVALID: [400, 'invalid-request'],
  NAME_UNKNOWN: [404, 'unknown-location'],
  DIGEST_INVALID: [400, 'invalid-request'],
  MANIFEST_INVALID: [400, 'invalid-request'],
  MANIFEST_UNKNOWN: [404, 'not-found'],
  BLOB_UNKNOWN: [404, 'not-found'],
  SIZE_INVALID: [416, 'invalid-request'],
  UNSUPPORTED: [405, 'method-not-allowed'],
  TOOMANYREQUESTS: [429, 'too-many-requests'],
  PAGINATION_NUMBER_INVALID: [400, 'invalid-request'],
  UNAVAILABLE: [503, 'unavailable'],
} as const satisfies Record<string, readonly [ContentfulStatusCode, ProblemCode]>;

type Code = keyof typeof codes;

interface More {
  readonly status?: ContentfulStatusCode;
  readonly headers?: Readonly<Record<string, string>>;
  readonly detail?: unknown;
}

/** An error for a client of the registry. */
export class RegistryError extends Error {
  readonly code: Code;
  readonly more: More;

  constructor(code: Code, message: string, more: More = {}) {
    super(message);
    this.code = code;
    this.more = more;
  }
}

/**
 * The errors by which clients learn of problems. Every other problem is a conflict with the present state, which
 * clients know as `DENIED`.
 */
const asked: Readonly<Partial<Record<ProblemCode, Code>>> = {
  unauthenticated: 'UNAUTHORIZED',
  'unknown-location': 'NAME_UNKNOWN',
  'not-found': 'MANIFEST_UNKNOWN',
  'too-many-requests': 'TOOMANYREQUESTS',
  unavailable: 'UNAVAILABLE',
};

/**
 * Answers an error in the form of the distribution specification. A bug is an error here too, and the call's
 * line contains its cause.
 */
export const answerError = async (error: unknown, c: ApiContext): Promise<Response> => {
  if (error instanceof RegistryError) {
    const [status, problem] = codes[error.code];
    c.set('problem', problem);
    return render(c, error.code, error.message, { status, ...error.more });
  }
  // Counts the problem, and adds the time of the next call.
  const { status } = answerProblem(error as Error, c);
  if (!(error instanceof TaskportError))
    return render(c, 'UNKNOWN', 'an error of the service', { status: 500 });
  const { code, message, members } = error;
  return render(c, asked[code] ?? 'DENIED', message, {
    status: status as ContentfulStatusCode,
    detail: { problem: code, ...members },
  });
};

const render = (
  c: ApiContext,
  code: Code | 'UNKNOWN',
  message: string,
  { status, headers, detail = {} }: More & { readonly status: ContentfulStatusCode },
): Response =>
  c.body(JSON.stringify({ errors: [{ code, message, detail }] }), status, {
    'content-type': 'application/json',
    ...headers,
  });
