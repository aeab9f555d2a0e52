import { Hono } from 'hono';
import { inOrder } from '../../../lib/in-order.ts';
import { type Location, type ShownLocation, versionOf } from '../../../lib/location/location.ts';
import { locationName } from '../../../lib/location/location-name.ts';
import { location as schema } from '../../../lib/location/location-schema.ts';
import {
  createLocation,
  deleteLocation,
  listLocations,
  readLocation,
  updateLocation,
} from '../../../lib/location/locations.ts';
import { validate } from '../../../lib/validation.ts';
import type { Dependencies } from '../../dependencies.ts';
import { entityTag, matchesNone, readIfMatch } from '../entity-tag.ts';
import {
  type ApiContext,
  type ApiEnvironment,
  markReplayed,
  pageQuery,
  readIdempotency,
  readJson,
  readQuery,
} from '../request.ts';

/** The location as callers see it. */
const shown = ({ listShards: _, ...location }: Location): ShownLocation => inOrder(schema, location);

const answer = (c: ApiContext, location: Location, status: 200 | 201 | 202 = 200): Response => {
  c.header('etag', entityTag(versionOf(location)));
  return c.json(shown(location), status);
};

/** The location that the path names; `invalid-request` where it cannot be one. */
const readName = (c: ApiContext): string => validate(locationName, c.req.param('location'), 'path');

export const locationRoutes = (deps: Dependencies): Hono<ApiEnvironment> => {
  const routes = new Hono<ApiEnvironment>();

  routes.post('/', async (c) => {
    const outcome = await createLocation(deps, c.get('caller'), await readJson(c), await readIdempotency(c));
    markReplayed(c, outcome.replayed);
    c.header('location', `/v1/locations/${outcome.value.name}`);
    return answer(c, outcome.value, 201);
  });

  routes.get('/', async (c) => {
    const { limit, cursor } = readQuery(c, pageQuery);
    const { items, ...page } = await listLocations(deps, c.get('caller').principal, limit, cursor);
    return c.json({ items: items.map(shown), ...page });
  });

  routes.get('/:location', async (c) => {
    const location = await readLocation(deps, c.get('caller').principal, readName(c));
    const etag = entityTag(versionOf(location));
    return matchesNone(c, etag) ? c.body(null, 304, { etag }) : answer(c, location);
  });

  routes.patch('/:location', async (c) => {
    const body = await readJson(c, 'application/merge-patch+json');
    return answer(c, await updateLocation(deps, c.get('caller'), readName(c), body, readIfMatch(c)));
  });

  routes.delete('/:location', async (c) =>
    answer(c, await deleteLocation(deps, c.get('caller'), readName(c), readIfMatch(c)), 202),
  );

  return routes;
};
