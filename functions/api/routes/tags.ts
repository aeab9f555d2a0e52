import { Hono } from 'hono';
import type { Dependencies } from '../../dependencies.ts';
import { later } from '../loading.ts';
import type { ApiEnvironment } from '../request.ts';

const TAG_PATH = '/:location/:repository/:tag';

const tagging = async () => (await later()).tagging;

export const tagRoutes = (deps: Dependencies): Hono<ApiEnvironment> => {
  const routes = new Hono<ApiEnvironment>();
  for (const path of ['/:location', '/:location/:repository'])
    routes.get(path, async (c) => (await tagging()).list(deps, c));
  routes.get(TAG_PATH, async (c) => (await tagging()).read(deps, c));
  routes.put(TAG_PATH, async (c) => (await tagging()).set(deps, c));
  routes.delete(TAG_PATH, async (c) => (await tagging()).remove(deps, c));
  return routes;
};
