import { defined } from '../../lib/defined.ts';
import { checkRepository, checkTag } from '../../lib/element/registry/checked-tag.ts';
import { listTags, readTag } from '../../lib/element/registry/read-tags.ts';
import { removeTag } from '../../lib/element/registry/remove-tag.ts';
import { setTag, type TagCondition } from '../../lib/element/registry/set-tag.ts';
import { type TagName, type TagRecord, versionOf } from '../../lib/element/registry/tag.ts';
import { tag as schema } from '../../lib/element/registry/tag-schema.ts';
import { invalidRequest } from '../../lib/errors.ts';
import { inOrder } from '../../lib/in-order.ts';
import type { Dependencies } from '../dependencies.ts';
import { readJson } from './body.ts';
import { entityTag, matchesNone, readIfMatch } from './entity-tag.ts';
import { readLocationName } from './location-path.ts';
import { pageQuery, readQuery } from './query.ts';
import type { ApiContext } from './request.ts';

/** The tag in the path. Throws `invalid-request` if it cannot be one. */
const readName = (c: ApiContext): TagName =>
  checkTag(readLocationName(c), c.req.param('repository') ?? '', c.req.param('tag') ?? '');

/** The state that a tag must have before it is set. */
const readCondition = (c: ApiContext): TagCondition | undefined => {
  const none = c.req.header('if-none-match')?.trim();
  const match = c.req.header('if-match')?.trim();
  if (none === undefined) return match === '*' ? 'present' : readIfMatch(c);
  if (none !== '*' || match !== undefined) {
    const message =
      'must be `*`, without `If-Match`, and creates a tag that does not exist yet: to move an existing tag, send only `If-Match`';
    throw invalidRequest({ path: 'If-None-Match', message });
  }
  return 'absent';
};

const answer = (c: ApiContext, record: TagRecord, status: 200 | 201): Response =>
  c.json(inOrder(schema, record.attributes), status, { etag: entityTag(versionOf(record)) });

/** Answers a page of the tags of a location, or of one repository there. */
export const list = async (deps: Dependencies, c: ApiContext): Promise<Response> => {
  const [location, repository] = [readLocationName(c), c.req.param('repository')];
  const of = defined({ location, repository: repository && checkRepository(repository) });
  const page = await listTags(deps, c.get('caller').principal, of, readQuery(c, pageQuery));
  return c.json({ ...page, items: page.items.map((item) => inOrder(schema, item)) });
};

export const read = async (deps: Dependencies, c: ApiContext): Promise<Response> => {
  const record = await readTag(deps, c.get('caller').principal, readName(c));
  const etag = entityTag(versionOf(record));
  return matchesNone(c, etag) ? c.body(null, 304, { etag }) : answer(c, record, 200);
};

export const set = async (deps: Dependencies, c: ApiContext): Promise<Response> => {
  const name = readName(c);
  const condition = readCondition(c);
  const { record, isNew } = await setTag(deps, c.get('caller'), name, await readJson(c), condition);
  if (isNew) c.header('location', `/v1/tags/${name.location}/${name.repository}/${name.name}`);
  return answer(c, record, isNew ? 201 : 200);
};

export const remove = async (deps: Dependencies, c: ApiContext): Promise<Response> => {
  await removeTag(deps, c.get('caller'), readName(c), readIfMatch(c));
  return c.body(null, 204);
};
