/**
 * The closed list of problem codes of the API. A code knows no transport: one table in functions/api maps each
 * to its HTTP status.
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
  'volume-elsewhere',
  'not-attached',
  'runner-elsewhere',
  'stale-runner',
  'no-root-filesystem',
  'revision-mismatch',
  'payload-too-large',
  'unsupported-media-type',
  'unsupported-data-format',
  'unsupported-checksum-algorithm',
  'unknown-content',
  'checksum-mismatch',
  'unsupported-by-target',
  'idempotency-mismatch',
  'too-many-requests',
  'unavailable',
] as const;

export type ProblemCode = (typeof problemCodes)[number];

/** The names of a code in every problem: a URI for programs, and words for people. */
export const problemNames = (code: ProblemCode) => ({
  type: `https://taskport.dev/problems/${code}`,
  title: code.replaceAll('-', ' '),
});

/** A wrong place in a request (`metadata.ro`, `id`, `?limit`), and the reason. */
export interface Issue {
  readonly path: string;
  readonly message: string;
}

/**
 * Every error that the service reports to a caller. `detail` says what is wrong, and then what to do about it.
 * The problem contains `members` beside `code` and `detail`.
 */
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

/** Whether an error is a problem of one of these codes. */
export const isProblem = (error: unknown, ...codes: readonly ProblemCode[]): error is TaskportError =>
  error instanceof TaskportError && codes.includes(error.code);

const MAX_NAMED = 1_000;
const MAX_NAME_LENGTH = 256;

/**
 * Names from a request in the form in which an answer repeats them: at most `MAX_NAMED`, each cut to
 * `MAX_NAME_LENGTH`, since the size of an answer is limited too.
 */
export const repeatable = (names: readonly string[]): string[] =>
  names
    .slice(0, MAX_NAMED)
    .map((name) => (name.length > MAX_NAME_LENGTH ? `${name.slice(0, MAX_NAME_LENGTH)}…` : name));

/** An `invalid-request` that names each wrong place. */
export const invalidRequest = (...wrong: Issue[]): TaskportError => {
  const paths = repeatable(wrong.map((issue) => issue.path));
  const issues = wrong.slice(0, paths.length).map((issue, at) => ({ ...issue, path: paths[at] ?? '' }));
  const detail = issues.map((issue) => `${issue.path}: ${issue.message}`).join('; ');
  return new TaskportError('invalid-request', detail, { issues });
};

/** Validates a part of a request; the paths of its issues begin with the name of the part. */
export const within = <T>(part: string, judge: () => T): T => {
  const told = (error: unknown): never => {
    if (!isProblem(error, 'invalid-request')) throw error;
    const issues = (error.members.issues as readonly Issue[]).map(({ path, message }) => ({
      path: path === 'body' ? part : `${part}.${path}`,
      message,
    }));
    throw invalidRequest(...issues);
  };
  try {
    const judged = judge();
    return judged instanceof Promise ? (judged.catch(told) as T) : judged;
  } catch (error) {
    return told(error);
  }
};
