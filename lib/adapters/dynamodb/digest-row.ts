import { isDeepStrictEqual } from 'node:util';
import { defined } from '../../defined.ts';
import type { Checksum } from '../../element/checksum.ts';
import { type Content, contentsOf } from '../../element/content.ts';
import type { ElementRecord } from '../../element/element.ts';
import type { Descriptor } from '../../element/registry/descriptor.ts';
import type { Location } from '../../location/location.ts';
import type { Item, RowKey, Write } from './engine/expression.ts';
import type { Table } from './engine/table.ts';
import { digestKey, digestPartition, referrersPartition } from './keys.ts';

/** What of a row is the content's; its digest is part of the key. */
const KEPT = ['part', 'mediaType', 'size', 'blob', 'at'] as const;

const toRow = (content: Content): Item => ({
  ...digestKey(content.id, content.digest),
  row: 'digest',
  ...Object.fromEntries(KEPT.map((name) => [name, content[name]])),
});

/** What a row says of which content. */
const toContent = (row: Item): Content => {
  const kept = Object.fromEntries(
    KEPT.filter((name) => row[name] !== undefined).map((name) => [name, row[name]]),
  );
  const pk = row.pk as string;
  return { ...kept, id: row.sk, digest: pk.slice(pk.lastIndexOf('#') + 1) } as Content;
};

/** The row by which what refers to a subject is found; the name of its element ends in its digest. */
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

const toDescriptor = ({ sk, mediaType, size, artifactType, annotations }: Item): Descriptor =>
  defined({
    mediaType: mediaType as string,
    digest: sk as Checksum,
    size: size as number,
    artifactType: artifactType as string | undefined,
    annotations: annotations === undefined ? undefined : JSON.parse(annotations as string),
  });

/** All that refers to a subject within a repository (`image://<location>/<name>`), in order of their digests. */
export const referrersIn = async (
  table: Table,
  repository: string,
  subject: string,
): Promise<Descriptor[]> => {
  const found: Descriptor[] = [];
  let startKey: Item | undefined;
  do {
    const condition = { expression: 'pk = :pk', values: { ':pk': referrersPartition(repository, subject) } };
    const page = await table.query(condition, defined({ startKey }));
    found.push(...page.items.map(toDescriptor));
    startKey = page.lastKey;
  } while (startKey);
  return found;
};

/** The rows of what has a digest in an element that takes the place of another, or of none; those that it has no more go. */
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
  // What refers to a subject never changes.
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

/** How many elements of one content are told of. */
const MAX_FOUND = 100;

/** Contents of one digest; of a repository are the elements of its name, and of that with `:` or `@` and something behind it. */
const contentsOfDigest = async (
  table: Table,
  location: string,
  digest: string,
  repository: string | undefined,
): Promise<Content[]> => {
  const first = `${location}/${repository ?? ''}`;
  const isOf = ({ id }: Content): boolean =>
    repository === undefined || id === first || id.startsWith(`${first}:`) || id.startsWith(`${first}@`);
  const found: Content[] = [];
  let startKey: Item | undefined;
  do {
    const page = await table.query(
      {
        expression: 'pk = :pk AND sk BETWEEN :first AND :last',
        // Follows all of a repository, and all names.
        values: { ':pk': digestPartition(location, digest), ':first': first, ':last': `${first}~` },
      },
      defined({ startKey, limit: repository === undefined ? MAX_FOUND : undefined }),
    );
    found.push(...page.items.map(toContent).filter(isOf));
    startKey = page.lastKey;
  } while (startKey && found.length < MAX_FOUND);
  return found.slice(0, MAX_FOUND);
};

/** Contents of a location; the digests are looked for side by side. */
export const contentsIn = async (
  table: Table,
  { kind, name }: Pick<Location, 'kind' | 'name'>,
  digests: readonly string[],
  repository?: string,
): Promise<Content[]> =>
  (
    await Promise.all(
      [...new Set(digests)].map((digest) => contentsOfDigest(table, `${kind}://${name}`, digest, repository)),
    )
  ).flat();
