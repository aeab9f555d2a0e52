import * as z from 'zod/mini';
import { type Issue, invalidRequest } from '../../errors.ts';
import { validate } from '../../validation.ts';
import { annotations, descriptor, type ParsedDescriptor } from './descriptor.ts';
import { parseDocument } from './document.ts';
import { CONFIG_TYPES, FOREIGN_LAYER, INDEX_TYPES, LAYER_TYPES, MANIFEST_TYPES } from './media-types.ts';

/** The most manifests of an index, and layers of an image; engines support little more than a hundred. */
const MAX_DESCRIPTORS = 1_000;
/** The most bytes of the annotations of a referrer, since a list of referrers contains all of them. */
const MAX_ANNOTATIONS = 32 * 1024;

const common = {
  schemaVersion: z.literal(2, 'must be 2: make the image anew by a current tool, such as `skopeo copy`'),
  mediaType: z.optional(z.string()),
  artifactType: z.optional(z.string().check(z.minLength(1), z.maxLength(1024))),
  subject: z.optional(descriptor),
  annotations: z.optional(annotations),
};
const manifest = z.looseObject({ ...common, config: descriptor, layers: z.array(descriptor) });
const index = z.looseObject({
  ...common,
  manifests: z.array(descriptor).check(z.minLength(1, 'must name a manifest: without any there is no image')),
});

const known = new Set(
  [manifest, index, descriptor, descriptor.shape.platform.def.innerType].flatMap(({ shape }) =>
    Object.keys(shape),
  ),
);

/** A pushed manifest or index, with its parts by their use here. */
export interface Manifest {
  readonly mediaType: string;
  readonly config?: ParsedDescriptor;
  /** Layers of a file system, which are elements. */
  readonly layers: readonly ParsedDescriptor[];
  /** For an artifact, which cannot run: the blobs that are stored with the manifest. */
  readonly blobs: readonly ParsedDescriptor[];
  /** For an index. */
  readonly manifests: readonly ParsedDescriptor[];
  readonly artifactType?: string;
  readonly subject?: ParsedDescriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Whether a manifest has the config of an image, which lists its layers. */
export const hasImageConfig = ({ config, layers }: Manifest): boolean =>
  config !== undefined && CONFIG_TYPES.includes(config.mediaType) && layers.length > 0;

const refuse = (path: string, message: string) => invalidRequest({ path, message });

/** Checks lengths first, since validation would go through arrays of any length. */
const assertLengths = (document: Record<string, unknown>, path: string): void => {
  for (const key of ['layers', 'manifests']) {
    const { length } = Object(document[key]) as { length?: unknown };
    if (typeof length === 'number' && length > MAX_DESCRIPTORS)
      throw refuse(`${path}.${key}`, `has ${length} entries: use at most ${MAX_DESCRIPTORS}`);
  }
};

/** The type of a manifest by its own media type and by its members, which must agree. */
const mediaTypeOf = (document: Record<string, unknown>, path: string): string => {
  const { mediaType, manifests } = document;
  const isIndex = manifests !== undefined;
  if (isIndex && (document.layers !== undefined || document.config !== undefined)) {
    throw refuse(path, 'has `manifests`, and `layers` or `config`: it is an index or a manifest, not both');
  }
  const types = isIndex ? INDEX_TYPES : MANIFEST_TYPES;
  if (mediaType === undefined) return types[0] as string;
  if (typeof mediaType === 'string' && types.includes(mediaType)) return mediaType;
  const message = `is no type of ${isIndex ? 'an index' : 'a manifest'}: ${types.join(' or ')}`;
  throw refuse(`${path}.mediaType`, message);
};

const layerIssues = (layers: readonly ParsedDescriptor[], isArtifact: boolean, path: string): Issue[] =>
  layers.flatMap(({ mediaType, urls = [] }, at): Issue[] => {
    const where = `${path}.layers[${at}]`;
    if (FOREIGN_LAYER.test(mediaType) || urls.length > 0) {
      const message = 'is a foreign layer, whose bytes are elsewhere: build the image with them in it';
      return [{ path: where, message }];
    }
    if (isArtifact || LAYER_TYPES.includes(mediaType)) return [];
    const message = `is ${mediaType}, no layer of a file system, and other layers are: make it one of ${LAYER_TYPES.join(', ')}`;
    return [{ path: `${where}.mediaType`, message }];
  });

const parseImage = (document: Record<string, unknown>, mediaType: string, path: string): Manifest => {
  const { layers: all, ...image } = validate(manifest, document, path);
  const layers = all as readonly ParsedDescriptor[];
  const isTar = (one: ParsedDescriptor): boolean => LAYER_TYPES.includes(one.mediaType);
  const isArtifact =
    image.artifactType !== undefined || !CONFIG_TYPES.includes(image.config.mediaType) || !layers.some(isTar);
  const issues = layerIssues(layers, isArtifact, path);
  if (issues.length > 0) throw invalidRequest(...issues);
  if (layers.length === 0 && CONFIG_TYPES.includes(image.config.mediaType)) {
    throw refuse(`${path}.layers`, 'is empty: an image has a layer, be it an empty archive');
  }
  return {
    ...(image as Pick<Manifest, 'config' | 'artifactType' | 'subject' | 'annotations'>),
    mediaType,
    layers: layers.filter(isTar),
    blobs: layers.filter((one) => !isTar(one)),
    manifests: [],
  };
};

const parseIndex = (document: Record<string, unknown>, mediaType: string, path: string): Manifest => ({
  ...(validate(index, document, path) as Pick<
    Manifest,
    'manifests' | 'artifactType' | 'subject' | 'annotations'
  >),
  mediaType,
  layers: [],
  blobs: [],
});

/**
 * Reads a manifest or an index. Throws `invalid-request` if it is none, or if two readers would understand it
 * differently.
 */
export const parseManifest = (bytes: Uint8Array, path: string): Manifest => {
  const document = parseDocument(bytes, path, known);
  assertLengths(document, path);
  if (document.schemaVersion === 1) {
    const message = 'is 1: make the image anew by a current tool, such as `skopeo copy`';
    throw refuse(`${path}.schemaVersion`, message);
  }
  const mediaType = mediaTypeOf(document, path);
  const parse = document.manifests === undefined ? parseImage : parseIndex;
  const parsed = parse(document, mediaType, path);
  const size = Buffer.byteLength(JSON.stringify(parsed.annotations ?? {}));
  if (parsed.subject && size > MAX_ANNOTATIONS) {
    const message = `must have at most ${MAX_ANNOTATIONS} bytes beside a subject, and has ${size}`;
    throw refuse(`${path}.annotations`, message);
  }
  return parsed;
};
