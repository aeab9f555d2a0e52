import { type Descriptor, isIndexType, parseDocument, unique } from '../../client/image-manifest.ts';
import { InputError } from '../../lib/input-error.ts';
import { isObject } from '../../lib/is-object.ts';
import { ARCHITECTURE } from '../machine-image.ts';
import { UsageError } from '../usage-error.ts';
import { type ImageStore, openManifest, readDocument } from './image-store.ts';

/** Which image to push, if there are several. */
export interface Choice {
  /** The name in the source. */
  readonly tag?: string;
  /** `os/architecture`, perhaps with a variant; `all` for an index with all its images. */
  readonly platform?: string;
}

const PLATFORM = `linux/${ARCHITECTURE}`;
/** The most documents to read in search of references. */
const MAX_LOOKED_AT = 1_000;
/** The most indexes within indexes. */
const MAX_DEPTH = 4;

/** Annotations with an image's name: that of the specification, and those of containerd and Docker. */
const namesOf = ({ annotations = {} }: Descriptor): string[] =>
  ['org.opencontainers.image.ref.name', 'io.containerd.image.name']
    .map((key) => annotations[key])
    .filter((name) => name !== undefined);

/** The most names in a message. */
const MAX_NAMED = 20;

const among = (names: readonly string[]): string =>
  names.length > MAX_NAMED ? `${names.slice(0, MAX_NAMED).join(', ')} …` : names.join(', ');

const shownName = (offer: Descriptor): string => namesOf(offer)[0] ?? offer.digest;

/** The images of this name; all without a name. An image with two names counts once. */
const tagged = (path: string, found: readonly Descriptor[], tag: string | undefined): Descriptor[] => {
  const fitting = tag === undefined ? found : found.filter((each) => namesOf(each).includes(tag));
  if (fitting.length > 0) return unique(fitting);
  const names = among(found.map(shownName));
  throw new UsageError(`${path} has no image that is called ${tag}, among: ${names}`);
};

/** A platform as text: `os/architecture`, perhaps with a variant. */
export const formatPlatform = ({ os, architecture, variant }: Record<string, unknown>): string =>
  [os, architecture, variant].filter((part) => typeof part === 'string' && part !== '').join('/');

/** Whether a platform is the wanted one, which need not name a variant. */
export const isFor = (wanted: string, platform: string): boolean => `${platform}/`.startsWith(`${wanted}/`);

/** The platform of an image, from its index or else from its config. */
const platformOf = async (store: ImageStore, offer: Descriptor): Promise<string> => {
  if (isObject(offer.platform)) return formatPlatform(offer.platform);
  const { config } = await openManifest(store, offer.digest);
  if (!config) return '';
  try {
    return formatPlatform(parseDocument(await readDocument(store, config.digest)));
  } catch (error) {
    // The config of an artifact may have no platform.
    if (error instanceof InputError) return '';
    throw error;
  }
};

/** Whether it is about another image, such as a signature. */
const subjectOf = async (store: ImageStore, offer: Descriptor): Promise<string | undefined> =>
  isIndexType(offer.mediaType) ? undefined : (await openManifest(store, offer.digest)).subject?.digest;

const chooseByPlatform = async (
  store: ImageStore,
  found: readonly Descriptor[],
  platform: string | undefined,
): Promise<Descriptor> => {
  const [only, ...others] = found;
  if (only && others.length === 0 && platform === undefined) return only;
  const wanted = platform ?? PLATFORM;
  const platforms = await Promise.all(found.map((each) => platformOf(store, each)));
  const fitting = found.filter((_, at) => isFor(wanted, platforms[at] ?? ''));
  if (fitting[0] && fitting.length === 1) return fitting[0];
  const isByTag = platform === undefined && found.every((each) => namesOf(each).length > 0);
  if (isByTag)
    throw new UsageError(
      `${store.path} has ${found.length} images: ${among(found.map(shownName))}; name one by --tag`,
    );
  const names = among(found.map((each, at) => platforms[at] || shownName(each)));
  const amount = fitting.length === 0 ? 'no image' : `${fitting.length} images`;
  throw new UsageError(
    `${store.path} has ${amount} for ${wanted}, among: ${names}; name one of them by --platform`,
  );
};

/** The images in the source, without signatures and the like. */
const imagesOf = async (store: ImageStore): Promise<readonly Descriptor[]> => {
  const { offers, path } = store;
  if (offers.length === 1) return offers;
  if (offers.length > MAX_LOOKED_AT)
    throw new UsageError(`${path} has ${offers.length} images, and at most ${MAX_LOOKED_AT} are allowed`);
  const subjects = await Promise.all(offers.map((each) => subjectOf(store, each)));
  const images = offers.filter((_, at) => subjects[at] === undefined);
  if (images.length === 0) throw new UsageError(`${path} has no image, only signatures and the like`);
  return images;
};

/** The chosen image or its index. Throws `UsageError`. */
export const chooseImage = async (store: ImageStore, { tag, platform }: Choice = {}): Promise<Descriptor> => {
  let found = tagged(store.path, await imagesOf(store), tag);
  for (let depth = 0; depth <= MAX_DEPTH; depth += 1) {
    const [only] = found;
    const isIndex = found.length === 1 && only && isIndexType(only.mediaType);
    if (platform === 'all') {
      if (isIndex) return only;
      throw new UsageError(`${store.path} has no index of several platforms, which --platform all is for`);
    }
    const chosen = isIndex ? only : await chooseByPlatform(store, found, platform);
    if (!isIndexType(chosen.mediaType)) return chosen;
    found = [...(await openManifest(store, chosen.digest)).manifests];
  }
  throw new UsageError(`${store.path} has indexes within indexes, more than ${MAX_DEPTH}`);
};

/** Documents about one of these digests, or about such a document: signatures, lists of contents. Their subjects come first. */
export const findReferrers = async (
  store: ImageStore,
  digests: readonly string[],
): Promise<readonly Descriptor[]> => {
  if (store.offers.length > MAX_LOOKED_AT) return [];
  const subjects = await Promise.all(
    unique(store.offers).map(async (offer) => ({ offer, subject: await subjectOf(store, offer) })),
  );
  const about = new Set(digests);
  const found: Descriptor[] = [];
  for (let before = -1; before < found.length; ) {
    before = found.length;
    for (const { offer, subject } of subjects) {
      if (subject === undefined || !about.has(subject) || about.has(offer.digest)) continue;
      about.add(offer.digest);
      found.push(offer);
    }
  }
  return found;
};
