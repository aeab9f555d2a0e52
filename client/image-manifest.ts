import { platform } from '#platform';
import {
  CONFIG_TYPES,
  FOREIGN_LAYER,
  INDEX_TYPES,
  LAYER_TYPES,
  MANIFEST_TYPES,
  OCI_INDEX,
  OCI_MANIFEST,
} from '../lib/element/registry/media-types.ts';
import { DIGEST } from '../lib/element/registry/repository.ts';
import { InputError } from '../lib/input-error.ts';
import { isObject } from '../lib/is-object.ts';

/** A reference to another document or blob (OCI image specification, Descriptor). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  readonly platform?: { readonly os?: string; readonly architecture?: string; readonly variant?: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The references in a manifest or an index, in order; they may contain duplicates. */
export interface ImageManifest {
  /** The digest of the document itself. */
  readonly digest: string;
  readonly mediaType: string;
  /** The config of an image; absent for some artifacts. */
  readonly config?: Descriptor;
  /** Layers that are tar archives, the lowest first. */
  readonly layers: readonly Descriptor[];
  /** Blobs that are neither a config nor a tar layer: signatures, bills of materials. */
  readonly others: readonly Descriptor[];
  /** The manifests of an index. */
  readonly manifests: readonly Descriptor[];
  /** The subject of an artifact. */
  readonly subject?: Descriptor;
}

export const isIndexType = (mediaType: string): boolean => INDEX_TYPES.includes(mediaType);

/** `sha256:hex` of these bytes. */
export const digestOf = (bytes: Uint8Array): string => {
  const hash = platform.createHash('sha256');
  hash.update(bytes);
  return `sha256:${hash.digest()}`;
};

/** Parses a JSON object. Throws `InputError`. */
export const parseDocument = (bytes: Uint8Array): Record<string, unknown> => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new InputError(`is no JSON: ${(error as Error).message}`);
  }
  if (!isObject(parsed)) throw new InputError('is no object of JSON');
  return parsed;
};

/** A descriptor with the members used here. Throws `InputError`. */
export const descriptorOf = (value: unknown, what: string): Descriptor => {
  if (!isObject(value)) throw new InputError(`${what} is no descriptor`);
  const { digest, size, mediaType = '' } = value;
  if (typeof digest !== 'string' || !DIGEST.test(digest))
    throw new InputError(
      `${what} has the digest ${JSON.stringify(digest)}, which is not \`sha256:\` and 64 hexadecimal digits`,
    );
  if (!Number.isSafeInteger(size) || (size as number) < 0)
    throw new InputError(`${what} (${digest}) has ${JSON.stringify(size)} for a size`);
  if (typeof mediaType !== 'string') throw new InputError(`${what} (${digest}) has no media type`);
  return value as unknown as Descriptor;
};

/** Removes later duplicates of a digest. */
export const unique = (named: readonly Descriptor[]): Descriptor[] =>
  [...new Map(named.toReversed().map((each) => [each.digest, each])).values()].toReversed();

/** A list of descriptors. Throws `InputError`, also if one digest has two sizes. */
const listOf = (value: unknown, what: string): Descriptor[] => {
  if (!Array.isArray(value)) throw new InputError(`${what} is not a list`);
  const named = value.map((item, at) => descriptorOf(item, `${what}[${at}]`));
  const sizes = new Map(named.map(({ digest, size }) => [digest, size]));
  for (const { digest, size } of named) {
    if (sizes.get(digest) !== size)
      throw new InputError(`${what} gives ${digest} two sizes: ${size} bytes and ${sizes.get(digest)}`);
  }
  return named;
};

/** Schema 1 has its signature inside, and no config. */
const assertVersion = ({ schemaVersion }: Record<string, unknown>): void => {
  if (schemaVersion === 2) return;
  const isOld = schemaVersion === 1;
  throw new InputError(
    `has schemaVersion ${JSON.stringify(schemaVersion)}, not 2${isOld ? ': make a new image of it by `skopeo copy --format oci`' : ''}`,
  );
};

const typeOf = (document: Record<string, unknown>): string => {
  const { mediaType = Array.isArray(document.manifests) ? OCI_INDEX : OCI_MANIFEST } = document;
  const isKnown = typeof mediaType === 'string' && [...MANIFEST_TYPES, ...INDEX_TYPES].includes(mediaType);
  if (isKnown) return mediaType;
  throw new InputError(`has the media type ${JSON.stringify(mediaType)}, which no image has`);
};

/** Reads a manifest or an index. Throws `InputError`; its message completes a sentence that begins with the name of the document. */
export const readManifest = (bytes: Uint8Array): ImageManifest => {
  const document = parseDocument(bytes);
  assertVersion(document);
  const mediaType = typeOf(document);
  const digest = digestOf(bytes);
  const none = { digest, mediaType, layers: [], others: [], manifests: [] };
  if (isIndexType(mediaType)) {
    const manifests = listOf(document.manifests, 'manifests');
    if (manifests.length === 0) throw new InputError('is an index of no manifests');
    return { ...none, manifests };
  }
  const config = descriptorOf(document.config, 'config');
  const listed = listOf(document.layers ?? [], 'layers');
  if (listed.length === 0 && CONFIG_TYPES.includes(config.mediaType)) throw new InputError('has no layers');
  const foreign = listed.find((layer) => FOREIGN_LAYER.test(layer.mediaType));
  if (foreign)
    throw new InputError(
      `has a layer that is kept elsewhere (${foreign.digest}, ${foreign.mediaType}): make an image that has all of its layers`,
    );
  return {
    ...none,
    config,
    layers: listed.filter((layer) => LAYER_TYPES.includes(layer.mediaType)),
    others: listed.filter((layer) => !LAYER_TYPES.includes(layer.mediaType)),
    ...(document.subject === undefined ? {} : { subject: descriptorOf(document.subject, 'subject') }),
  };
};
