import { Hono } from 'hono';
import { invalidRequest } from '../../../lib/errors.ts';
import type { Attempted } from '../../../lib/output/append-output.ts';
import { outputQuery } from '../../../lib/output/output-query.ts';
import type { Dependencies } from '../../dependencies.ts';
import { readJson } from '../body.ts';
import { later } from '../loading.ts';
import { readQuery } from '../query.ts';
import type { ApiContext, ApiEnvironment } from '../request.ts';
import { readReported, TASK_PATH } from './element-tasks.ts';

const PATH = `${TASK_PATH}/attempts/:attempt/output`;
const MAX_ATTEMPT = 1_000_000_000;

/** How long a following request stays open, and how often it looks for new lines meanwhile without a change. */
const WAIT_MS = 20_000;
const LOOK_MS = 1_000;

const readAttempted = (c: ApiContext): Attempted => {
  const text = c.req.param('attempt') ?? '';
  const attempt = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(attempt <= MAX_ATTEMPT))
    throw invalidRequest({ path: 'path', message: 'must have an attempt: 1, 2, 3 …' });
  return { ...readReported(c), attempt };
};

export const outputRoutes = (deps: Dependencies): Hono<ApiEnvironment> => {
  const routes = new Hono<ApiEnvironment>();

  routes.get(PATH, async (c) => {
    const attempted = readAttempted(c);
    const query = readQuery(c, outputQuery);
    const { principal } = c.get('caller');
    // A function that waits costs money, so only a server keeps the request open.
    const { stopping, changes } = (query.follow && c.env) || {};
    const { readOutput } = await later();
    for (const until = Date.now() + WAIT_MS; ; ) {
      const count = changes?.count ?? 0;
      const page = await readOutput(deps, principal, attempted, query);
      const isWaiting = !stopping?.aborted && !c.req.raw.signal.aborted && Date.now() < until;
      if (page.items.length > 0 || page.ended || !isWaiting || !stopping || !changes) return c.json(page);
      await changes.after(count, LOOK_MS, stopping);
    }
  });

  routes.post(PATH, async (c) => {
    const attempted = readAttempted(c);
    const { appendOutput } = await later();
    return c.json(await appendOutput(deps, c.get('caller'), attempted, await readJson(c)));
  });

  return routes;
};
