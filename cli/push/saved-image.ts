import { posix } from 'node:path';
import type { FileSlice } from '../../client/data-source.ts';
import { type Descriptor, digestOf, parseDocument } from '../../client/image-manifest.ts';
import { layerMediaTypes } from '../../lib/element/layer.ts';
import { OCI_CONFIG, OCI_MANIFEST } from '../../lib/element/registry/media-types.ts';
import { isObject } from '../../lib/is-object.ts';
import { UsageError } from '../usage-error.ts';
import { type ImageFiles, plainName, readMagic } from './image-files.ts';
import { type Content, type ImageStore, naming, readFile } from './image-store.ts';
import { sumOf } from './pushed-source.ts';

/** An image in manifest.json (moby, `image/spec`). */
interface SavedImage {
  readonly Config: string;
  readonly RepoTags?: readonly string[] | null;
  readonly Layers: readonly string[];
}

const isText = (value: unknown): boolean => typeof value === 'string';

const isSaved = (value: unknown): value is SavedImage =>
  isObject(value) && isText(value.Config) && Array.isArray(value.Layers) && value.Layers.every(isText);

/** The images of a manifest.json in the format of `docker save`; undefined for another. */
export const savedImages = (text: string): readonly SavedImage[] | undefined => {
  try {
    const found: unknown = JSON.parse(text);
    return Array.isArray(found) && found.length > 0 && found.every(isSaved) ? found : undefined;
  } catch {
    return undefined;
  }
};

const tagsOf = ({ RepoTags }: SavedImage): readonly string[] => (RepoTags ?? []).filter(isText);

/** Whether an image has this name: in full, or only its tag. */
const isCalled = (image: SavedImage, tag: string): boolean =>
  tagsOf(image).some((each) => each === tag || each.endsWith(`:${tag}`));

const choose = (path: string, images: readonly SavedImage[], tag: string | undefined): SavedImage => {
  const fitting = tag === undefined ? images : images.filter((each) => isCalled(each, tag));
  if (fitting[0] && fitting.length === 1) return fitting[0];
  const names = images.map((each) => tagsOf(each)[0] ?? plainName(each.Config)).join(', ');
  if (fitting.length > 0)
    throw new UsageError(`${path} has ${fitting.length} images: ${names}; name one by --tag`);
  throw new UsageError(`${path} has no image that is called ${tag}, among: ${names}`);
};

/** A part of an image. Throws `UsageError` if it is missing, or no file of the image. */
const partOf = async (files: ImageFiles, name: string): Promise<FileSlice> => {
  const inner = posix.normalize(name);
  if (posix.isAbsolute(inner) || inner.startsWith('..'))
    throw new UsageError(`${files.path} names ${name}, which is outside of it`);
  const found = await files.find(inner);
  if (!found) throw new UsageError(`${files.path} lacks ${name}, which its manifest.json names`);
  if (await files.isOutside(inner))
    throw new UsageError(`${files.path}: ${name} is a link to a file outside`);
  return found;
};

const COMPRESSED = { 31: '+gzip', 40: '+zstd' } as const;

/** A layer: the config has the digest of a plain one; of a compressed one, this computes the digest. */
const layerOf = async (slice: FileSlice, diffId: string, signal: AbortSignal): Promise<Descriptor> => {
  const [first = 0] = await readMagic(slice);
  const compression = COMPRESSED[first as keyof typeof COMPRESSED];
  return {
    mediaType: `${layerMediaTypes.none}${compression ?? ''}`,
    digest: compression ? await sumOf(slice, signal) : diffId,
    size: slice.size,
  };
};

const diffIdsOf = (path: string, config: Uint8Array): readonly string[] => {
  const { rootfs } = naming(`${path}: its config`, () => parseDocument(config));
  const ids = isObject(rootfs) ? rootfs.diff_ids : undefined;
  if (Array.isArray(ids) && ids.every((id) => isText(id) && /^sha256:[0-9a-f]{64}$/.test(id))) return ids;
  throw new UsageError(`${path}: its config does not say the digests of its layers (rootfs.diff_ids)`);
};

/**
 * An image in the format of `docker save`, or the chosen one of several. The format has no manifest, so this makes one from the unchanged
 * config and layers alone; the same file always makes the same manifest. Throws `UsageError`.
 */
export const readSaved = async (
  files: ImageFiles,
  tag: string | undefined,
  signal: AbortSignal,
): Promise<ImageStore> => {
  const { path } = files;
  const text = Buffer.from(await readFile(files, 'manifest.json', 'has no manifest.json')).toString();
  const images = savedImages(text);
  if (!images) throw new UsageError(`${path}: manifest.json is not what \`docker save\` writes`);
  const image = choose(path, images, tag);
  await partOf(files, image.Config);
  const config = await readFile(files, posix.normalize(image.Config), 'has no config');
  const diffIds = diffIdsOf(path, config);
  if (diffIds.length !== image.Layers.length)
    throw new UsageError(`${path} has ${image.Layers.length} layers, and its config has ${diffIds.length}`);
  const contents = new Map<string, Content>([[digestOf(config), config]]);
  const layers: Descriptor[] = [];
  for (const [at, name] of image.Layers.entries()) {
    const slice = await partOf(files, name);
    const layer = await layerOf(slice, diffIds[at] ?? '', signal);
    contents.set(layer.digest, slice);
    layers.push(layer);
  }
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: { mediaType: OCI_CONFIG, digest: digestOf(config), size: config.length },
      layers,
    }),
  );
  const digest = digestOf(manifest);
  contents.set(digest, manifest);
  return {
    path,
    offers: [{ mediaType: OCI_MANIFEST, digest, size: manifest.length }],
    find: async (wanted) => contents.get(wanted),
    close: files.close,
  };
};
