import { isDeepStrictEqual } from 'node:util';
import { defined } from '../../defined.ts';
import { type Content, contentsOf } from '../../element/content.ts';
import type { ElementRecord } from '../../element/element.ts';
import type { Item, RowKey, Write } from './engine/expression.ts';
import { digestKey, referrersPartition } from './keys.ts';

/** The attributes of a row that are stored of a content; its digest is part of the key. */
export const KEPT = ['part', 'mediaType', 'size', 'blob', 'at'] as const;

const toRow = (content: Content): Item => ({
  ...digestKey(content.id, content.digest),
  row: 'digest',
  ...Object.fromEntries(KEPT.map((name) => [name, content[name]])),
});

/** The row by which referrers of a subject are found; the name of their element ends in its digest. */
const referrerRows = ({ attributes, oci }: ElementRecord): Item[] => {
  if (!oci?.subject || attributes.state !== 'ready') return [];
  const { mediaType, digest, size, artifactType, config, annotations } = oci;
  const repository = attributes.id.slice(0, attributes.id.lastIndexOf('@'));
  return [
    {
      pk: referrersPartition(repository, oci.subject.digest),
      sk: digest,
      row: 'referrer',
      ...defined({ mediaType, size, artifactType: artifactType ?? config?.mediaType }),
      ...defined({ annotations: annotations && JSON.stringify(annotations) }),
    },
  ];
};

/**
 * The writes of digest rows for an element that is new or replaces another: rows for its contents, and the
 * removal of rows for contents that it lost.
 */
export const digestWrites = (
  former: ElementRecord | undefined,
  record: ElementRecord | undefined,
): Write[] => {
  const [before, after] = [former, record].map((each) => (each ? contentsOf(each) : []));
  const isIn =
    (all: readonly Content[] = []) =>
    (one: Content): boolean =>
      all.some((other) => isDeepStrictEqual(one, other));
  const has = isIn(before);
  const keeps = new Set(after?.map(({ digest }) => digest));
  // The subject of a referrer never changes.
  const [lost, gained] = [former, record].map((each) => (each ? referrerRows(each) : []));
  return [
    ...(former ? [] : (gained ?? [])).map((put) => ({ put })),
    ...(record ? [] : (lost ?? [])).map(({ pk, sk }) => ({ remove: { pk, sk } as RowKey })),
    ...(after ?? []).filter((content) => !has(content)).map((content) => ({ put: toRow(content) })),
    ...(before ?? [])
      .filter(({ digest }) => !keeps.has(digest))
      .map(({ id, digest }) => ({ remove: digestKey(id, digest) })),
  ];
};
