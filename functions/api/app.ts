import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { defined } from '../../lib/defined.ts';
import { TaskportError } from '../../lib/errors.ts';
import type { Principal } from '../../lib/principal.ts';
import type { Quota } from '../../lib/quota.ts';
import { writeLine } from '../../lib/telemetry.ts';
import { decodedPath } from '../decoded-path.ts';
import type { Dependencies } from '../dependencies.ts';
import { callLine } from './call-line.ts';
import { matchesNone } from './entity-tag.ts';
import { limitCalls } from './limit-calls.ts';
import { later } from './loading.ts';
import { principalOf } from './principal.ts';
import { answerProblem } from './problem.ts';
import type { ApiEnvironment, WriteLine } from './request.ts';
import { attachmentRoutes } from './routes/attachments.ts';
import { callerRoutes } from './routes/caller.ts';
import { compositionRoutes } from './routes/compositions.ts';
import { elementDataRoutes } from './routes/element-data.ts';
import { elementTaskRoutes } from './routes/element-tasks.ts';
import { elementRoutes } from './routes/elements.ts';
import { eventRoutes } from './routes/events.ts';
import { locationRoutes } from './routes/locations.ts';
import { outputRoutes } from './routes/output.ts';
import { runnerListRoutes, runnerRoutes } from './routes/runners.ts';
import { runRoutes } from './routes/runs.ts';
import { tagRoutes } from './routes/tags.ts';

/** The most bytes of a request that Lambda accepts (AWS Lambda, quotas: invocation payload). */
const MAX_BODY_BYTES = 6 * 1024 * 1024;
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

const limitBody = bodyLimit({
  maxSize: MAX_BODY_BYTES,
  onError: () => {
    throw new TaskportError(
      'payload-too-large',
      `the request has more than ${MAX_BODY_BYTES} bytes: send data by signed requests, and make several calls of long lists`,
      {
        limit: MAX_BODY_BYTES,
      },
    );
  },
});

export interface AppOptions {
  /** The principal of every call if no gateway is in front of the API. */
  readonly localPrincipal?: Principal;
  /** The quota of one principal; without it calls are not counted. */
  readonly quota?: Quota;
  readonly log?: WriteLine;
}

/** The HTTP API: routes to the domain, and the handling that all of them share. */
export const createApp = (
  deps: Dependencies,
  { localPrincipal, quota, log = writeLine }: AppOptions = {},
): Hono<ApiEnvironment> => {
  const app = new Hono<ApiEnvironment>({ getPath: decodedPath });
  app.use(async (c, next) => {
    const startedAt = Date.now();
    const requestId = randomUUID();
    c.set('requestId', requestId);
    await next();
    c.header('x-request-id', requestId);
    log(callLine(c, startedAt), c.res.status >= 500);
  });
  app.get('/v1/health', (c) => c.json({ status: 'ok' }));
  app.get('/v1/openapi.json', async (c) => {
    const { openApiTag: etag, readOpenApi } = await import('./openapi.ts');
    if (matchesNone(c, etag)) return c.body(null, 304, { etag });
    return c.body(readOpenApi(), 200, { 'content-type': 'application/json', etag });
  });
  app.all('/v2/*', async (c) => (await later()).answerRegistry(deps, c, defined({ localPrincipal, quota })));
  app.use(async (c, next) => {
    c.set('caller', { principal: principalOf(c, localPrincipal), requestId: c.get('requestId') });
    if (quota) await limitCalls(quota, c);
    await next();
  });
  app.use(limitBody);
  app.route('/v1/caller', callerRoutes(deps));
  app.post('/v1/registry/credentials', async (c) => (await later()).answerCredentials(deps, c, log));
  app.route('/v1/locations', locationRoutes(deps));
  app.route('/v1/locations', runnerRoutes(deps));
  app.route('/v1/runners', runnerListRoutes(deps));
  app.route('/v1/elements', elementRoutes(deps));
  app.route('/v1/elements', elementDataRoutes(deps));
  app.route('/v1/elements', elementTaskRoutes(deps));
  app.route('/v1/elements', outputRoutes(deps));
  app.route('/v1/elements', attachmentRoutes(deps));
  app.route('/v1/tags', tagRoutes(deps));
  app.route('/v1/compositions', compositionRoutes(deps));
  app.route('/v1/runs', runRoutes(deps));
  app.route('/v1/events', eventRoutes(deps, log));
  app.notFound((c) => {
    const allowed = METHODS.filter((method) =>
      app.router.match(method, c.req.path)[0].some(([[, route]]) => route.method === method),
    );
    if (allowed.length === 0) {
      return answerProblem(
        new TaskportError(
          'unknown-route',
          `there is no ${c.req.path}: read /v1/openapi.json for the paths that exist`,
        ),
        c,
      );
    }
    c.header('allow', allowed.join(', '));
    return answerProblem(
      new TaskportError(
        'method-not-allowed',
        `${c.req.path} has no ${c.req.method}: use ${allowed.join(', ')}`,
        { allowed },
      ),
      c,
    );
  });
  app.onError(answerProblem);
  return app;
};
