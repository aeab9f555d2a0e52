import { defined } from '../defined.ts';
import { assertPermitted, permits } from '../location/access.ts';
import type { Caller } from '../principal.ts';
import type { ElementDependencies } from './dependencies.ts';
import type { ElementRecord } from './element.ts';
import type { ElementRequest } from './element-request.ts';
import { formatId } from './id.ts';
import { notFound } from './located.ts';
import { type Metadata, parseMetadata } from './metadata.ts';
import { isReplacement } from './upload/settle-upload.ts';

/**
 * The element of an earlier create with the same key: its present state for callers who may read it; for others,
 * the answer of that create.
 */
export const readCreated = async (
  { elements, known }: Pick<ElementDependencies, 'elements' | 'known'>,
  { principal }: Caller,
  request: ElementRequest,
): Promise<ElementRecord> => {
  const { id } = request;
  const location = await known.get(id.location);
  if (!permits(location, principal, 'create')) assertPermitted(location, principal, 'read');
  const record = await elements.get(formatId(id));
  if (!record) throw notFound(id);
  if (permits(location, principal, 'read')) return record;
  // The element has the same name, but another caller created it.
  if (record.attributes.createdBy !== principal) throw notFound(id);
  return record.attributes.revision === 1 ? record : asCreated(record, request);
};

/** The element as it was created, without anything that others may have added since. */
const asCreated = (record: ElementRecord, request: ElementRequest): ElementRecord => {
  const { id, kind, location, name, parentId, createdAt, createdBy } = record.attributes;
  const { upload, incarnation, ancestors, ro } = record;
  const { rw } = parseMetadata({ rw: request.rw }, [], false);
  return {
    attributes: {
      id,
      kind,
      location,
      name,
      revision: 1,
      createdAt,
      createdBy,
      ...defined({ parentId }),
      state: request.data === 'upload' ? 'pending' : 'ready',
      modifiedAt: createdAt,
      modifiedBy: createdBy,
    },
    ro,
    rw: rw as Metadata,
    incarnation,
    ancestors,
    ...defined({ upload: upload && !isReplacement(record) ? upload : undefined }),
  };
};
