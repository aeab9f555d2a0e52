/**
 * The closed list of what can go wrong, in the words of the API. A code knows no transport: one table in
 * functions/api maps each to its HTTP status.
 */
export const problemCodes = [
  'invalid-request',
  'invalid-filterspec',
  'invalid-handle',
  'data-error',
  'unauthenticated',
  'permission-denied',
  'invalid-location',
  'unknown-location',
  'not-found',
  'unknown-route',
  'method-not-allowed',
  'name-collision',
  'read-only-key',
  'unknown-parent',
  'invalid-parent',
  'invalid-entry',
  'in-use',
  'insufficient-space',
  'invalid-state',
  'stale-handle',
  'already-joined',
  'not-joined',
  'already-bound',
  'not-bound',
  'mount-conflict',
  'volume-attached',
  'no-root-filesystem',
  'revision-mismatch',
  'payload-too-large',
  'unsupported-media-type',
  'unsupported-data-format',
  'unsupported-checksum-algorithm',
  'checksum-mismatch',
  'unsupported-by-target',
  'idempotency-mismatch',
  'too-many-requests',
  'unavailable',
] as const;

export type ProblemCode = (typeof problemCodes)[number];

/** Where in a request something is wrong (`metadata.ro`, `id`, `?limit`), and what. */
export interface Issue {
  readonly path: string;
  readonly message: string;
}

/** Thrown for everything a caller can be told; `members` stand beside `code` and `detail` in the problem. */
export class TaskportError extends Error {
  override readonly name = 'TaskportError';
  readonly code: ProblemCode;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(code: ProblemCode, detail: string, members: Record<string, unknown> = {}) {
    super(detail);
    this.code = code;
    this.members = members;
  }
}

/** An `invalid-request` that names each wrong place. */
export const invalidRequest = (...issues: Issue[]): TaskportError =>
  new TaskportError('invalid-request', issues.map((issue) => `${issue.path}: ${issue.message}`).join('; '), {
    issues,
  });
