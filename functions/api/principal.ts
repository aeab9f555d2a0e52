import type { Context } from 'hono';
import type { LambdaEvent } from 'hono/aws-lambda';
import { TaskportError } from '../../lib/errors.ts';
import type { Principal } from '../../lib/principal.ts';

interface Authorizer {
  readonly iam?: { readonly userArn?: string };
  readonly jwt?: { readonly claims?: Readonly<Record<string, unknown>> };
}

const ASSUMED_ROLE = /^arn:([^:]+):sts::(\d+):assumed-role\/([^/]+)\/.+$/;

/** A role's ARN without the session, so that all who assume it are one principal. */
const withoutSession = (arn: string): Principal => arn.replace(ASSUMED_ROLE, 'arn:$1:iam::$2:role/$3');

const fromAuthorizer = ({ iam, jwt }: Authorizer): Principal | undefined => {
  if (iam?.userArn) return withoutSession(iam.userArn);
  const { iss, sub } = jwt?.claims ?? {};
  return typeof iss === 'string' && typeof sub === 'string' ? `${iss}|${sub}` : undefined;
};

/**
 * The caller, as API Gateway's authorizer states it and no header does. Without a gateway, that is on a laptop,
 * every caller is `local`. Throws `unauthenticated`.
 */
export const principalOf = (c: Context, local: Principal | undefined): Principal => {
  const event: LambdaEvent | undefined = c.env?.event;
  const context = event?.requestContext as { authorizer?: Authorizer } | undefined;
  const principal = context ? fromAuthorizer(context.authorizer ?? {}) : local;
  if (principal === undefined)
    throw new TaskportError(
      'unauthenticated',
      'the request names no known caller: sign it with AWS credentials (Signature Version 4), or send a token that the deployment takes',
    );
  return principal;
};
