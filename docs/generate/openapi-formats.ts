import { ELEMENT_NAME, SCRATCH } from '../../lib/element/id.ts';
import { type Kind, kinds, runKinds, storageKinds } from '../../lib/kind/index.ts';
import { LOCATION_NAME } from '../../lib/location/location.ts';
import type { ApiSchema } from './openapi-schema.ts';

const inner = ({ source }: RegExp): string => source.replace(/^\^|\$$/g, '');
const idOf = (of: readonly Kind[]): string =>
  `(${of.join('|')})://${inner(LOCATION_NAME)}/${inner(ELEMENT_NAME)}`;

/** Letters that stand for something else, and are to be sent back as they are. */
const opaque: ApiSchema = { pattern: '^[A-Za-z0-9_-]+$' };
const time: ApiSchema = { format: 'date-time' };

/** What text is of a field or a parameter, by its name: the same everywhere. */
const formats: Readonly<Record<string, ApiSchema>> = {
  id: { pattern: `^${idOf(kinds)}$` },
  parentId: { pattern: `^(${SCRATCH}|${idOf(kinds)})$` },
  executorId: { pattern: `^${idOf(['executor'])}$` },
  taskId: { pattern: `^${idOf(runKinds)}$` },
  storageId: { pattern: `^${idOf(storageKinds)}$` },
  checksum: { pattern: '^sha(256|512):[0-9A-Fa-f]+$' },
  base64: { format: 'byte' },
  handle: opaque,
  cursor: opaque,
  after: opaque,
  at: time,
  createdAt: time,
  url: { format: 'uri' },
};

const MAX_INT32 = 2 ** 31 - 1;

/** Says what text of a name is, and how large a number may become, where the schema does not say it yet. */
export const formatted = (schema: ApiSchema, name: string): ApiSchema => {
  const { type, pattern, format, maximum = Number.POSITIVE_INFINITY } = schema;
  const isPlain = schema.enum === undefined && schema.const === undefined;
  if (type === 'integer' && isPlain) return { ...schema, format: maximum > MAX_INT32 ? 'int64' : 'int32' };
  if (type !== 'string' || !isPlain || pattern !== undefined || format !== undefined) return schema;
  return { ...schema, ...(Object.hasOwn(formats, name) ? formats[name] : {}) };
};
