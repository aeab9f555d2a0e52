import { Hono } from 'hono';
import type { Saving, Written } from '../../../lib/composition/written-volume.ts';
import { checkId } from '../../../lib/element/id.ts';
import type { Dependencies } from '../../dependencies.ts';
import { readJson } from '../body.ts';
import { ELEMENT_PATH, readElementId } from '../element-path.ts';
import { saving } from '../loading.ts';
import { readQuery } from '../query.ts';
import type { ApiContext, ApiEnvironment } from '../request.ts';
import { uploadQuery } from './element-data.ts';
import { noQuery } from './element-tasks.ts';

/** The path of a volume that an executor writes to. */
const WRITTEN_PATH = `${ELEMENT_PATH}/volumes/:volumeLocation/:volumeName`;

const readWritten = (c: ApiContext): Written => ({
  executor: readElementId(c),
  volume: checkId('volume', c.req.param('volumeLocation') ?? '', c.req.param('volumeName') ?? '', 'path'),
});

/** The executors that have volumes for writing, and the saves of their writes. */
export const attachmentRoutes = (deps: Dependencies): Hono<ApiEnvironment> => {
  const routes = new Hono<ApiEnvironment>();
  const answer = (c: ApiContext, saved: Saving, status: 201 | 202): Response =>
    'settled' in saved ? c.json(saved.settled) : c.json(saved.attachment, status);

  routes.get(`${ELEMENT_PATH}/attachment`, async (c) => {
    readQuery(c, noQuery);
    const { readAttachmentOf } = await saving();
    return c.json(await readAttachmentOf(deps, c.get('caller').principal, readElementId(c)));
  });

  routes.delete(`${ELEMENT_PATH}/attachment`, async (c) => {
    const { releaseVolume } = await saving();
    await releaseVolume(deps, c.get('caller'), readElementId(c));
    return c.body(null, 204);
  });

  routes.get(`${WRITTEN_PATH}/attachment`, async (c) => {
    const { cursor } = readQuery(c, uploadQuery);
    const { readAttachment } = await saving();
    return c.json(await readAttachment(deps, c.get('caller').principal, readWritten(c), cursor));
  });

  routes.post(`${WRITTEN_PATH}/attachment`, async (c) => {
    const { claimAttachment } = await saving();
    return c.json(await claimAttachment(deps, c.get('caller'), readWritten(c), await readJson(c)));
  });

  routes.post(`${WRITTEN_PATH}/saves`, async (c) => {
    const { saveVolume } = await saving();
    const saved = await saveVolume(deps, c.get('caller'), readWritten(c), await readJson(c));
    return answer(c, saved, 'attachment' in saved && saved.attachment.upload ? 201 : 202);
  });

  routes.post(`${WRITTEN_PATH}/saves/complete`, async (c) => {
    const { completeSave } = await saving();
    return answer(c, await completeSave(deps, c.get('caller'), readWritten(c), await readJson(c)), 202);
  });

  return routes;
};
