import { Hono } from 'hono';
import * as z from 'zod/mini';
import { runsQuery } from '../../../lib/composition/list-runs.ts';
import type { Dependencies } from '../../dependencies.ts';
import { composing } from '../loading.ts';
import { pageParameters, readQuery } from '../query.ts';
import type { ApiEnvironment } from '../request.ts';

export const runsPageQuery = z.strictObject({ ...runsQuery, ...pageParameters });

export const runRoutes = (deps: Dependencies): Hono<ApiEnvironment> => {
  const routes = new Hono<ApiEnvironment>();
  routes.get('/', async (c) => {
    const query = readQuery(c, runsPageQuery);
    const { listRuns } = await composing();
    return c.json(await listRuns(deps, c.get('caller').principal, query));
  });
  return routes;
};
