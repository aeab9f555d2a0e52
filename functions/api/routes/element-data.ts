import { Hono } from 'hono';
import * as z from 'zod/mini';
import { locateData } from '../../../lib/element/element-data.ts';
import { optional } from '../../../lib/facts.ts';
import { opaque } from '../../../lib/formats.ts';
import type { Dependencies } from '../../dependencies.ts';
import { readBytes, readJson, readOptionalJson } from '../body.ts';
import { ELEMENT_PATH, readElementId } from '../element-path.ts';
import { matchesNone, readIfMatch } from '../entity-tag.ts';
import { markReplayed, readIdempotency } from '../idempotency-key.ts';
import { changing } from '../loading.ts';
import { readQuery } from '../query.ts';
import type { ApiEnvironment } from '../request.ts';
import { answerElement } from './elements.ts';

export const uploadQuery = z.strictObject({
  cursor: optional(opaque, 'The `cursor` of the previous page. Absent for the first page.'),
});

export const elementDataRoutes = (deps: Dependencies): Hono<ApiEnvironment> => {
  const routes = new Hono<ApiEnvironment>();

  routes.put(`${ELEMENT_PATH}/data`, async (c) => {
    const { putData } = await changing();
    const record = await putData(deps, c.get('caller'), readElementId(c), await readBytes(c));
    return answerElement(deps, c, record);
  });

  routes.post(`${ELEMENT_PATH}/data/upload`, async (c) => {
    const { beginReplacement, uploadOf } = await changing();
    const id = readElementId(c);
    const key = await readIdempotency(c);
    const body = await readJson(c);
    const ifMatch = readIfMatch(c);
    const { value, replayed } = await beginReplacement(deps, c.get('caller'), id, body, key, ifMatch);
    markReplayed(c, replayed);
    return answerElement(deps, c, value, 201, await uploadOf(deps, c.get('caller').principal, value));
  });

  routes.get(`${ELEMENT_PATH}/data/upload`, async (c) => {
    const id = readElementId(c);
    const { cursor } = readQuery(c, uploadQuery);
    const { readUpload } = await changing();
    return c.json(await readUpload(deps, c.get('caller').principal, id, cursor));
  });

  routes.post(`${ELEMENT_PATH}/data/complete`, async (c) => {
    const { completeUpload } = await changing();
    const id = readElementId(c);
    const key = await readIdempotency(c);
    const body = await readOptionalJson(c);
    const { value, replayed } = await completeUpload(deps, c.get('caller'), id, body, key);
    markReplayed(c, replayed);
    return answerElement(deps, c, value, value.upload ? 202 : 200);
  });

  routes.post(`${ELEMENT_PATH}/data/verify`, async (c) => {
    const { requestDigest } = await import('../../../lib/element/upload/kept-data.ts');
    const record = await requestDigest(deps, c.get('caller'), readElementId(c));
    return answerElement(deps, c, record, record.reading ? 202 : 200);
  });

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
