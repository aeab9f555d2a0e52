/** The caller: a role's ARN without its session, or `issuer|subject` of a JWT. Only the authorizer determines it. */
export type Principal = string;

/** A session of a role, or a role with a path: the authorizer's names contain neither. */
const NEVER_A_CALLER = /^arn:[^:]+:sts::\d*:assumed-role\/|^arn:[^:]+:iam::\d*:role\/.+\//;

/** The problem of a name that the authorizer never gives to a caller; undefined if there is none. */
export const problemOfName = (name: Principal): string | undefined =>
  NEVER_A_CALLER.test(name)
    ? 'is never a caller’s name: a role is called `arn:aws:iam::<account>:role/<name>`, without session and path'
    : undefined;

/** The request that causes a write. */
export interface Caller {
  readonly principal: Principal;
  /** Unique to the request. Each write stores it, so that a repeat recognises itself. */
  readonly requestId: string;
}
