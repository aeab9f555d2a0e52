import { Hono } from 'hono';
import { type Location, versionOf } from '../../../lib/location/location.ts';
import type { Dependencies } from '../../dependencies.ts';
import { readJson } from '../body.ts';
import { entityTag, matchesNone, readIfMatch } from '../entity-tag.ts';
import { markReplayed, readIdempotency } from '../idempotency-key.ts';
import { later } from '../loading.ts';
import { readLocationName } from '../location-path.ts';
import { pageQuery, readQuery } from '../query.ts';
import type { ApiContext, ApiEnvironment } from '../request.ts';

const answer = async (
  c: ApiContext,
  location: Location,
  status: 200 | 201 | 202 = 200,
): Promise<Response> => {
  const { showLocation } = await later();
  c.header('etag', entityTag(versionOf(location)));
  return c.json(showLocation(location), status);
};

export const locationRoutes = (deps: Dependencies): Hono<ApiEnvironment> => {
  const routes = new Hono<ApiEnvironment>();

  routes.post('/', async (c) => {
    const { createLocation } = await later();
    const outcome = await createLocation(deps, c.get('caller'), await readJson(c), await readIdempotency(c));
    markReplayed(c, outcome.replayed);
    c.header('location', `/v1/locations/${outcome.value.name}`);
    return answer(c, outcome.value, 201);
  });

  routes.get('/', async (c) => {
    const { limit, cursor } = readQuery(c, pageQuery);
    const { listLocations, showLocation } = await later();
    const { items, ...page } = await listLocations(deps, c.get('caller').principal, limit, cursor);
    return c.json({ items: items.map(showLocation), ...page });
  });

  routes.get('/:location', async (c) => {
    const { readLocation } = await later();
    const location = await readLocation(deps, c.get('caller').principal, readLocationName(c));
    const etag = entityTag(versionOf(location));
    return matchesNone(c, etag) ? c.body(null, 304, { etag }) : answer(c, location);
  });

  routes.patch('/:location', async (c) => {
    const { updateLocation } = await later();
    const body = await readJson(c, 'application/merge-patch+json');
    return answer(c, await updateLocation(deps, c.get('caller'), readLocationName(c), body, readIfMatch(c)));
  });

  routes.delete('/:location', async (c) => {
    const { deleteLocation } = await later();
    return answer(c, await deleteLocation(deps, c.get('caller'), readLocationName(c), readIfMatch(c)), 202);
  });

  return routes;
};
