import { TaskportError } from '../../errors.ts';
import type { Page } from '../../page.ts';
import type { Checksum } from '../checksum.ts';
import { type Content, layersOf } from '../content.ts';
import type { ElementDependencies } from '../dependencies.ts';
import type { ElementRecord } from '../element.ts';
import type { ReferrersPage } from '../element-store.ts';
import { formatId } from '../id.ts';
import type { Descriptor } from './descriptor.ts';
import { OCI_MANIFEST } from './media-types.ts';
import { DIGEST, LATEST, type Repository, TAG } from './repository.ts';
import { synthesize } from './synthesized.ts';
import type { TagStore } from './tag-store.ts';

type Dependencies = Pick<ElementDependencies, 'elements' | 'blobs'>;

const idOf = ({ location }: Repository, name: string): string => formatId({ kind: 'image', location, name });
const placeOf = ({ location: name }: Repository) => ({ kind: 'image', name }) as const;

const isReady = (record: ElementRecord | undefined): record is ElementRecord =>
  record?.attributes.state === 'ready';

/** The image with a digest: a pushed one by its name, any other by the rows of digests. */
const resolveDigest = async (
  { elements }: Pick<Dependencies, 'elements'>,
  repository: Repository,
  digest: string,
): Promise<ElementRecord | undefined> => {
  const hasDigest = (record: ElementRecord | undefined): record is ElementRecord =>
    isReady(record) && record.attributes.digest === digest;
  const [pushed, contents] = await Promise.all([
    elements.get(idOf(repository, `${repository.name}@${digest}`)),
    elements.contents(placeOf(repository), [digest], repository.name),
  ]);
  if (hasDigest(pushed)) return pushed;
  const ids = contents.filter(({ part }) => part === 'manifest').map(({ id }) => id);
  return ids.length === 0 ? undefined : (await elements.getAll(ids)).find(hasDigest);
};

/**
 * The image that a reference names within a repository: by the digest of its manifest, or by a tag. If there is
 * no such tag, it is an element named `<repository>:<tag>`; for `latest`, also one with the name of the
 * repository. Undefined if no ready image matches.
 */
export const resolveManifest = async (
  { elements, tags }: Pick<Dependencies, 'elements'> & { readonly tags?: Pick<TagStore, 'get'> },
  repository: Repository,
  reference: string,
): Promise<ElementRecord | undefined> => {
  if (DIGEST.test(reference)) return resolveDigest({ elements }, repository, reference);
  if (!TAG.test(reference)) return undefined;
  const named = idOf(repository, `${repository.name}:${reference}`);
  const [tag, found] = await Promise.all([
    tags?.get(named),
    elements.getAll([named, ...(reference === LATEST ? [idOf(repository, repository.name)] : [])]),
  ]);
  const meant = tag ? await elements.get(tag.attributes.id) : found.find(isReady);
  return isReady(meant) ? meant : undefined;
};

const bytesOf = async (
  { blobs }: Pick<Dependencies, 'blobs'>,
  blob: string,
  at: number,
  size: number,
): Promise<Buffer> => {
  const pieces: Uint8Array[] = [];
  for await (const piece of await blobs.read(blob, { at, size })) pieces.push(piece);
  const bytes = Buffer.concat(pieces);
  if (bytes.length === size) return bytes;
  throw new TaskportError(
    'unavailable',
    `the store broke off after ${bytes.length} of ${size} bytes: try again`,
  );
};

/** A manifest, byte for byte. */
export interface Manifest {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  readonly digest: Checksum;
}

/**
 * The manifest of an image: the pushed one, or the one made from its layers. Throws `not-found` for an element
 * without layers, `unavailable` if its digest is not computed yet.
 */
export const readManifest = async (
  deps: Pick<Dependencies, 'blobs'>,
  record: ElementRecord,
): Promise<Manifest> => {
  const { oci, attributes } = record;
  const { id, digest } = attributes;
  if (oci) {
    const bytes = await bytesOf(deps, oci.blob, 0, oci.size);
    return { bytes, mediaType: oci.mediaType, digest: oci.digest };
  }
  const made = synthesize(record);
  // An earlier version may have changed the element and dropped fields that it does not know.
  if (digest === undefined || !record.made || !made) {
    if (record.blob === undefined && record.ancestors.length === 0)
      throw new TaskportError(
        'not-found',
        `${id} has no layers, and so no manifest: pull an image that has data`,
        { id },
      );
    const detail = `the digest of ${id} is not computed yet: have it computed by POST …/data/verify, and try again`;
    throw new TaskportError('unavailable', detail);
  }
  if (made.manifest.digest !== digest) throw new Error(`the manifest of ${id} is not what it was`);
  return { bytes: made.manifest.bytes, mediaType: OCI_MANIFEST, digest };
};

/** The URL of a blob, or the blob itself. */
export type LocatedBlob =
  | { readonly url: string; readonly size: number }
  | { readonly bytes: Uint8Array; readonly mediaType: string };

/** The config that is made from an element; undefined if that was deleted. */
const madeConfig = async (
  { elements }: Pick<Dependencies, 'elements'>,
  { id, digest, mediaType }: Content,
): Promise<LocatedBlob | undefined> => {
  const record = await elements.get(id);
  const config = record && synthesize(record)?.config;
  return config?.digest === digest ? { bytes: config.bytes, mediaType } : undefined;
};

/**
 * A blob by its digest, from any image in the location of the repository. For a layer, it answers a URL for this
 * method that is valid for some minutes; for configs and documents of artifacts, the bytes. Undefined if no
 * image has it.
 */
export const locateBlob = async (
  deps: Dependencies,
  repository: Repository,
  digest: string,
  method: 'GET' | 'HEAD',
): Promise<LocatedBlob | undefined> => {
  if (!DIGEST.test(digest)) return undefined;
  const contents = await deps.elements.contents(placeOf(repository), [digest]);
  const found =
    contents.find(({ part }) => part === 'layer') ??
    contents.find(({ part, blob }) => part !== 'manifest' && blob !== undefined) ??
    contents.find(({ part }) => part === 'config');
  if (!found) return undefined;
  const { part, blob, at = 0, size, mediaType } = found;
  if (blob === undefined) return madeConfig(deps, found);
  if (part === 'layer') return { url: await deps.blobs.url(blob, method), size };
  return { bytes: await bytesOf(deps, blob, at, size), mediaType };
};

/** The digest of a layer, and a URL of its bytes that is valid for some minutes. */
export interface LocatedLayer {
  readonly digest: Checksum;
  readonly url: string;
}

/** The layers of an image that the location has, each once. */
export const locateLayers = async (
  { elements, blobs }: Dependencies,
  repository: Repository,
  record: ElementRecord,
): Promise<LocatedLayer[]> => {
  const digests = (layersOf(record) ?? []).map(({ digest }) => digest);
  const contents = await elements.contents(placeOf(repository), digests);
  const found = new Map<Checksum, string>();
  for (const { part, digest, blob } of contents)
    if (part === 'layer' && blob !== undefined) found.set(digest, blob);
  return Promise.all(
    [...found].map(async ([digest, blob]) => ({ digest, url: await blobs.url(blob, 'GET') })),
  );
};

/** A page of the pushed contents of a repository that refer to a subject, in the order of their digests. */
export const listReferrers = async (
  { elements }: Pick<Dependencies, 'elements'>,
  { location, name }: Repository,
  digest: string,
  page: ReferrersPage,
): Promise<Page<Descriptor>> =>
  DIGEST.test(digest) ? elements.referrers(idOf({ location, name }, name), digest, page) : { items: [] };
