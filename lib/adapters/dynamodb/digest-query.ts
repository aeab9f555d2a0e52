import { defined } from '../../defined.ts';
import type { Checksum } from '../../element/checksum.ts';
import type { Content } from '../../element/content.ts';
import type { ReferrersPage } from '../../element/element-store.ts';
import type { Descriptor } from '../../element/registry/descriptor.ts';
import type { Location } from '../../location/location.ts';
import type { Page } from '../../page.ts';
import { KEPT } from './digest-row.ts';
import type { Item } from './engine/expression.ts';
import type { Table } from './engine/table.ts';
import { digestPartition, referrersPartition } from './keys.ts';

/** Reads the content that a row describes. */
const toContent = (row: Item): Content => {
  const kept = Object.fromEntries(
    KEPT.filter((name) => row[name] !== undefined).map((name) => [name, row[name]]),
  );
  const pk = row.pk as string;
  return { ...kept, id: row.sk, digest: pk.slice(pk.lastIndexOf('#') + 1) } as Content;
};

/** How many elements that have one content are listed. */
const MAX_FOUND = 100;

/**
 * The contents with one digest. A repository includes the elements of its name, and those whose names continue
 * it with `:` or `@`.
 */
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
  const condition = {
    expression: 'pk = :pk AND sk BETWEEN :first AND :last',
    // The tilde sorts after all IDs of a repository, and after all names.
    values: { ':pk': digestPartition(location, digest), ':first': first, ':last': `${first}~` },
  };
  for await (const page of table.pages(condition, repository === undefined ? MAX_FOUND : undefined)) {
    found.push(...page.map(toContent).filter(isOf));
    if (found.length >= MAX_FOUND) break;
  }
  return found.slice(0, MAX_FOUND);
};

/** The contents of a location; the digests are looked up in parallel. */
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

const toDescriptor = ({ sk, mediaType, size, artifactType, annotations }: Item): Descriptor =>
  defined({
    mediaType: mediaType as string,
    digest: sk as Checksum,
    size: size as number,
    artifactType: artifactType as string | undefined,
    annotations: annotations === undefined ? undefined : JSON.parse(annotations as string),
  });

/** A page of the contents that refer to a subject within a repository (`image://<location>/<name>`). */
export const referrersIn = async (
  table: Table,
  repository: string,
  subject: string,
  { limit, after }: ReferrersPage,
): Promise<Page<Descriptor>> => {
  const condition = {
    expression: `pk = :pk${after === undefined ? '' : ' AND sk > :after'}`,
    values: defined({ ':pk': referrersPartition(repository, subject), ':after': after }),
  };
  const { items, lastKey } = await table.query(condition, { limit });
  return defined({ items: items.map(toDescriptor), next: lastKey?.sk as string | undefined });
};
