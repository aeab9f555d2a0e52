/** Who calls: a role's ARN without its session, or `issuer|subject` of a JWT. Comes from the authorizer alone. */
export type Principal = string;

/** What every write is told about the request that caused it. */
export interface Caller {
  readonly principal: Principal;
  /** Unique to the request; carried into what it writes, so that a repeat recognises itself. */
  readonly requestId: string;
}
