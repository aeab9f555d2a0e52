import { Hono } from 'hono';
import { locateData } from '../../../lib/element/element-data.ts';
import { putData } from '../../../lib/element/put-data.ts';
import type { Dependencies } from '../dependencies.ts';
import { ELEMENT_PATH, readElementId } from '../element-path.ts';
import { type ApiEnvironment, matchesNone, readBytes } from '../request.ts';
import { answerElement } from './elements.ts';

export const elementDataRoutes = (deps: Dependencies): Hono<ApiEnvironment> => {
  const routes = new Hono<ApiEnvironment>();

  routes.put(`${ELEMENT_PATH}/data`, async (c) =>
    answerElement(c, await putData(deps, c.get('caller'), readElementId(c), await readBytes(c))),
  );

  // Hono answers HEAD by this route too, without a body.
  routes.get(`${ELEMENT_PATH}/data`, async (c) => {
    const method = c.req.method === 'HEAD' ? 'HEAD' : 'GET';
    const { url, checksum } = await locateData(deps, c.get('caller').principal, readElementId(c), method);
    const etag = `"${checksum}"`;
    if (matchesNone(c, etag)) return c.body(null, 304, { etag });
    return c.body(null, 307, { location: url, etag, 'cache-control': 'no-store' });
  });

  return routes;
};
