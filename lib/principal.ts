/** Who calls: a role's ARN without its session, or `issuer|subject` of a JWT. Comes from the authorizer alone. */
export type Principal = string;

/** A session of a role, or a role with a path: the authorizer names the role without either. */
const UNHEARD = /^arn:[^:]+:sts::\d*:assumed-role\/|^arn:[^:]+:iam::\d*:role\/.+\//;

/** What is wrong with a name that the authorizer never gives to a caller; undefined where it may. */
export const unheardOf = (name: Principal): string | undefined =>
  UNHEARD.test(name)
    ? 'is never a caller’s name: a role is called `arn:aws:iam::<account>:role/<name>`, without session and path'
    : undefined;

/** What every write is told about the request that caused it. */
export interface Caller {
  readonly principal: Principal;
  /** Unique to the request; carried into what it writes, so that a repeat recognises itself. */
  readonly requestId: string;
}
