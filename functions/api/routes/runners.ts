import { Hono } from 'hono';
import type { Dependencies } from '../../dependencies.ts';
import { readJson } from '../body.ts';
import { composing, later } from '../loading.ts';
import { readLocationName } from '../location-path.ts';
import { pageQuery, readQuery } from '../query.ts';
import type { ApiEnvironment } from '../request.ts';
import { socketUrl } from '../socket-url.ts';

/** The runner of a location. */
export const runnerRoutes = (deps: Dependencies): Hono<ApiEnvironment> => {
  const routes = new Hono<ApiEnvironment>();

  routes.get('/:location/runner', async (c) => {
    const { readRunner } = await later();
    return c.json(await readRunner(deps, c.get('caller').principal, readLocationName(c)));
  });

  routes.post('/:location/runner/claim', async (c) => {
    const { claimRunner } = await later();
    return c.json(await claimRunner(deps, c.get('caller'), readLocationName(c), await readJson(c)));
  });

  routes.post('/:location/runner/renew', async (c) => {
    const { renewRunner } = await later();
    return c.json(await renewRunner(deps, c.get('caller'), readLocationName(c), await readJson(c)));
  });

  routes.post('/:location/runner/leave', async (c) => {
    const { leaveRunner } = await later();
    return c.json(await leaveRunner(deps, c.get('caller'), readLocationName(c), await readJson(c)));
  });

  routes.post('/:location/runner/fence', async (c) => {
    const { fenceRunner } = await later();
    return c.json(await fenceRunner(deps, c.get('caller'), readLocationName(c)));
  });

  routes.post('/:location/runner/sessions', async (c) => {
    const { serveSession } = await composing();
    const [name, body] = [readLocationName(c), await readJson(c)];
    const url = socketUrl(c);
    return c.json(await serveSession(deps, c.env?.relay, c.get('caller'), name, body, url));
  });

  return routes;
};

/** The runners of all locations. */
export const runnerListRoutes = (deps: Dependencies): Hono<ApiEnvironment> =>
  new Hono<ApiEnvironment>().get('/', async (c) => {
    const { limit, cursor } = readQuery(c, pageQuery);
    const { listRunners } = await later();
    return c.json(await listRunners(deps, c.get('caller').principal, limit, cursor));
  });
