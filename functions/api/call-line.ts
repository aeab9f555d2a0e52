import { matchedRoutes } from 'hono/route';
import { type Metrics, tellError, toLine } from '../../lib/telemetry.ts';
import type { ApiContext } from './request.ts';

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * The pattern of the route that answered; `unknown` if there is none. Never the path itself, which may contain a
 * handle.
 */
const operationOf = (c: ApiContext): string => {
  const route = matchedRoutes(c).findLast(({ method }) => method !== 'ALL');
  return route ? `${route.method} ${route.path.replace(/:(\w+)/g, '{$1}')}` : 'unknown';
};

/** The ID of the element in the path. */
const elementOf = (c: ApiContext): string | undefined => {
  const { kind, location, name } = c.req.param() as Record<string, string>;
  return kind && location && name ? `${kind}://${location}/${name}` : undefined;
};

/**
 * One line for each call, as JSON: the caller, the operation, the result, the duration, and the trace (W3C trace
 * context). Of the request it contains only the names in the path.
 */
export const callLine = (c: ApiContext, startedAt: number): string => {
  const [, traceId] = TRACEPARENT.exec(c.req.header('traceparent') ?? '') ?? [];
  const { status } = c.res;
  const cause = c.get('cause');
  const code = c.get('problem') ?? (status >= 500 ? 'bug' : undefined);
  const milliseconds = Date.now() - startedAt;
  const latency: Metrics = { by: 'operation', values: { Latency: milliseconds } };
  const problems: Metrics[] = code === undefined ? [] : [{ by: 'code', values: { Problems: 1 } }];
  return toLine(
    {
      level: status >= 500 ? 'ERROR' : 'INFO',
      message: 'call',
      function: 'api',
      requestId: c.get('requestId'),
      lambdaRequestId: (c.env as { lambdaContext?: { awsRequestId?: string } } | undefined)?.lambdaContext
        ?.awsRequestId,
      traceId,
      principal: c.get('caller')?.principal,
      operation: c.get('operation') ?? operationOf(c),
      element: elementOf(c),
      status,
      code,
      milliseconds,
      error: cause === undefined ? undefined : tellError(cause),
    },
    [latency, ...problems],
  );
};
