import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { type ProblemCode, problemNames, TaskportError } from '../../lib/errors.ts';

/** The HTTP status of each code. */
export const statusOf: Readonly<Record<ProblemCode, ContentfulStatusCode>> = {
  'invalid-request': 400,
  'invalid-filterspec': 400,
  'invalid-handle': 400,
  'data-error': 400,
  unauthenticated: 401,
  'permission-denied': 403,
  'invalid-location': 403,
  'unknown-location': 404,
  'not-found': 404,
  'unknown-route': 404,
  'method-not-allowed': 405,
  'name-collision': 409,
  'read-only-key': 409,
  'in-use': 409,
  'insufficient-space': 409,
  'invalid-state': 409,
  'stale-handle': 409,
  'already-joined': 409,
  'not-joined': 409,
  'already-bound': 409,
  'not-bound': 409,
  'mount-conflict': 409,
  'volume-attached': 409,
  'volume-elsewhere': 409,
  'not-attached': 409,
  'runner-elsewhere': 409,
  'stale-runner': 409,
  'no-root-filesystem': 409,
  'revision-mismatch': 412,
  'payload-too-large': 413,
  'unsupported-media-type': 415,
  'unsupported-data-format': 415,
  'unknown-parent': 422,
  'invalid-parent': 422,
  'invalid-entry': 422,
  'unsupported-checksum-algorithm': 422,
  'unknown-content': 422,
  'checksum-mismatch': 422,
  'unsupported-by-target': 422,
  'idempotency-mismatch': 422,
  'too-many-requests': 429,
  unavailable: 503,
};

const RETRY_AFTER_SECONDS = '1';

const render = (
  c: Context,
  status: ContentfulStatusCode,
  { type, title, ...rest }: Record<string, unknown>,
): Response =>
  c.body(JSON.stringify({ type, title, status, ...rest, requestId: c.get('requestId') }), status, {
    'content-type': 'application/problem+json',
  });

/**
 * Answers an error as a problem (RFC 9457). Any other error is a bug and answers 500; the call's line contains
 * its cause.
 */
export const answerProblem = (error: Error, c: Context): Response => {
  if (error instanceof HTTPException && error.status < 500) {
    return answerProblem(
      new TaskportError('invalid-request', error.message || 'the request is malformed'),
      c,
    );
  }
  if (!(error instanceof TaskportError)) {
    c.set('cause', error);
    return render(c, 500, { type: 'about:blank', title: 'Internal Server Error' });
  }
  const { code, message, members } = error;
  c.set('problem', code);
  c.set('cause', error.cause);
  if (code === 'unavailable') c.header('retry-after', RETRY_AFTER_SECONDS);
  return render(c, statusOf[code], {
    ...problemNames(code),
    code,
    detail: message,
    ...members,
  });
};
