import { Hono } from 'hono';
import { loaded } from '../../../lib/loaded.ts';
import type { Dependencies } from '../../dependencies.ts';
import type { ApiEnvironment } from '../request.ts';

const TAG_PATH = '/:location/:repository/:tag';

/** Loaded by the first call: most calls are of no tags. */
const tagging = loaded(async () => (await import('../later.ts')).tagging);

export const tagRoutes = (deps: Dependencies): Hono<ApiEnvironment> => {
  const routes = new Hono<ApiEnvironment>();
  for (const path of ['/:location', '/:location/:repository'])
    routes.get(path, async (c) => (await tagging()).list(deps, c));
  routes.get(TAG_PATH, async (c) => (await tagging()).read(deps, c));
  routes.put(TAG_PATH, async (c) => (await tagging()).set(deps, c));
  routes.delete(TAG_PATH, async (c) => (await tagging()).remove(deps, c));
  return routes;
};
