import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { type ProblemCode, TaskportError } from '../../../lib/errors.ts';
import { answerProblem } from '../problem.ts';
import type { ApiContext } from '../request.ts';

/**
 * What can be wrong, in the words of clients (OCI distribution specification, error codes; the last two are those of the registry that
 * it was written after), its status, and the problem that it counts as.
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

/** Thrown for what a client of the registry is told. */
export class RegistryError extends Error {
  readonly code: Code;
  readonly more: More;

  constructor(code: Code, message: string, more: More = {}) {
    super(message);
    this.code = code;
    this.more = more;
  }
}

/** How clients are told of problems. Every other problem is a conflict with the present state, which they know as `DENIED`. */
const asked: Readonly<Partial<Record<ProblemCode, Code>>> = {
  unauthenticated: 'UNAUTHORIZED',
  'unknown-location': 'NAME_UNKNOWN',
  'not-found': 'MANIFEST_UNKNOWN',
  'too-many-requests': 'TOOMANYREQUESTS',
  unavailable: 'UNAVAILABLE',
};

/** Answers an error as the distribution specification has it. A bug is one here too, and is told in the call's line. */
export const answerError = async (error: unknown, c: ApiContext): Promise<Response> => {
  if (error instanceof RegistryError) {
    const [status, problem] = codes[error.code];
    c.set('problem', problem);
    return render(c, error.code, error.message, { status, ...error.more });
  }
  // Counts it, and says when to come again.
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
