import { Hono } from 'hono';
import * as z from 'zod/mini';
import { versionOf as compositionVersion } from '../../../lib/composition/composition.ts';
import { presentComposition } from '../../../lib/composition/representation.ts';
import { specsShownTo } from '../../../lib/composition/shown-specs.ts';
import { defined } from '../../../lib/defined.ts';
import { withReadableTasks } from '../../../lib/element/associations.ts';
import { type ElementRecord, versionOf } from '../../../lib/element/element.ts';
import { elementPath } from '../../../lib/element/element-path.ts';
import { formatId } from '../../../lib/element/id.ts';
import { listElements } from '../../../lib/element/list-elements.ts';
import { readElement } from '../../../lib/element/read-element.ts';
import { listChildren, listReferences, readLineage } from '../../../lib/element/relatives.ts';
import {
  type ElementJson,
  parseFields,
  present,
  presentReceipt,
} from '../../../lib/element/representation.ts';
import type { UploadJson } from '../../../lib/element/upload/upload-schema.ts';
import { described, optional } from '../../../lib/facts.ts';
import { kinds } from '../../../lib/kind/index.ts';
import { permits } from '../../../lib/location/access.ts';
import { locationName } from '../../../lib/location/location-name.ts';
import type { Dependencies } from '../../dependencies.ts';
import { readJson } from '../body.ts';
import { ELEMENT_PATH, readElementId } from '../element-path.ts';
import { entityTag, matchesNone, readIfMatch } from '../entity-tag.ts';
import { markReplayed, readIdempotency } from '../idempotency-key.ts';
import { changing, later } from '../loading.ts';
import { pageParameters, pageQuery, readQuery } from '../query.ts';
import type { ApiContext, ApiEnvironment } from '../request.ts';

export const fieldsQuery = z.strictObject({
  fields: optional(
    z.string(),
    'The requested parts, separated by commas: `attributes`, `ro`, `rw`, `spec`, `tasks`, `composition`, and single keys such as `ro.os`. If absent, the answer has all parts.',
  ),
});
export const listQuery = z.strictObject({
  ...pageParameters,
  kind: described(z.enum(kinds), 'The kind of elements that the location keeps.'),
  location: described(locationName, 'The name of the location.'),
  filter: z._default(
    optional(
      z.array(z.string()),
      'The conditions that the elements meet: at most one equality (`ro.os=linux` for an indexed key, `parent=…`, `state=ready`), and at most one prefix of names (`name^=…`).',
    ),
    [],
  ),
});

/**
 * Answers a change: the element with its entity tag; for a caller who may not read it, only that the change was
 * made.
 */
export const answerElement = async (
  { known }: Pick<Dependencies, 'known'>,
  c: ApiContext,
  record: ElementRecord,
  status: 200 | 201 | 202 = 200,
  upload?: UploadJson,
): Promise<Response> => {
  const { principal } = c.get('caller');
  const isReader = permits(await known.get(record.attributes.location), principal, 'read');
  const shown = isReader
    ? present(await withReadableTasks(known, principal, record))
    : presentReceipt(record);
  return answerShown(c, record, shown, status, upload);
};

const answerShown = (
  c: ApiContext,
  record: ElementRecord,
  shown: ElementJson,
  status: 200 | 201 | 202,
  upload: UploadJson | undefined,
): Response => {
  c.header('etag', entityTag(versionOf(record)));
  return c.json({ ...shown, ...defined({ upload }) }, status);
};

export const elementRoutes = (deps: Dependencies): Hono<ApiEnvironment> => {
  const routes = new Hono<ApiEnvironment>();
  const principal = (c: ApiContext): string => c.get('caller').principal;

  routes.post('/', async (c) => {
    const { createElement, uploadOf } = await changing();
    const outcome = await createElement(deps, c.get('caller'), await readJson(c), await readIdempotency(c));
    markReplayed(c, outcome.replayed);
    c.header('location', elementPath(outcome.value.attributes));
    const record = await withReadableTasks(deps.known, principal(c), outcome.value);
    return answerShown(c, record, present(record), 201, await uploadOf(deps, principal(c), record));
  });

  routes.get('/', async (c) => {
    const { kind, location, ...asked } = readQuery(c, listQuery, ['filter']);
    return c.json(await listElements(deps, principal(c), { of: { kind, location }, ...asked }));
  });

  routes.get(ELEMENT_PATH, async (c) => {
    const id = readElementId(c);
    const fields = parseFields(readQuery(c, fieldsQuery).fields);
    const isComposed = id.kind === 'executor' && fields.composition;
    const [record, composition] = await Promise.all([
      readElement(deps, principal(c), id),
      isComposed ? deps.compositions.get(formatId(id)) : undefined,
    ]);
    const along = composition && compositionVersion(composition);
    const tag = entityTag(versionOf(record), isComposed ? (along ?? null) : undefined);
    if (matchesNone(c, tag)) return c.body(null, 304, { etag: tag });
    const composed = composition
      ? {
          composition: presentComposition(
            composition,
            await specsShownTo(deps.known, principal(c), composition),
          ),
        }
      : {};
    const shown = fields.tasks ? await withReadableTasks(deps.known, principal(c), record) : record;
    return c.json({ ...present(shown, fields), ...composed }, 200, { etag: tag });
  });

  routes.patch(ELEMENT_PATH, async (c) => {
    const id = readElementId(c);
    const { updateElement } = await changing();
    const body = await readJson(c, 'application/merge-patch+json');
    return answerElement(deps, c, await updateElement(deps, c.get('caller'), id, body, readIfMatch(c)));
  });

  routes.delete(ELEMENT_PATH, async (c) => {
    const { deleteElement } = await changing();
    await deleteElement(deps, c.get('caller'), readElementId(c), readIfMatch(c));
    return c.body(null, 204);
  });

  routes.get(`${ELEMENT_PATH}/lineage`, async (c) =>
    c.json(await readLineage(deps, principal(c), readElementId(c))),
  );

  routes.get(`${ELEMENT_PATH}/children`, async (c) =>
    c.json(await listChildren(deps, principal(c), readElementId(c), readQuery(c, pageQuery))),
  );

  routes.get(`${ELEMENT_PATH}/audit`, async (c) => {
    const { readAudit } = await later();
    return c.json(await readAudit(deps, principal(c), readElementId(c), readQuery(c, pageQuery)));
  });

  routes.get(`${ELEMENT_PATH}/references`, async (c) =>
    c.json(await listReferences(deps, principal(c), readElementId(c), readQuery(c, pageQuery))),
  );

  return routes;
};
