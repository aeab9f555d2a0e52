import { createHash } from 'node:crypto';
import { type Issue, invalidRequest, TaskportError } from '../../errors.ts';
import { isObject } from '../../is-object.ts';
import type { Checksum } from '../checksum.ts';
import type { GivenImage } from '../element-request.ts';
import { type ElementId, formatId } from '../id.ts';
import { specOfConfig } from '../image-config.ts';
import type { ImageSpec } from '../image-spec.ts';
import type { ParsedDescriptor } from './descriptor.ts';
import { type ImageConfig, parseImageConfig } from './image-document.ts';
import { hasImageConfig, type Manifest, parseManifest } from './manifest.ts';
import type { OciDocument, OciImage } from './oci-image.ts';
import { type Repository, repositoryOf } from './repository.ts';

/** A push, as far as the request alone shows. */
export interface PushedImage {
  readonly repository: Repository;
  /** The path of the layers in the request, for problems. */
  readonly path: string;
  readonly layers: readonly (Pick<ParsedDescriptor, 'digest'> & Partial<Pick<ParsedDescriptor, 'size'>>)[];
  readonly manifests: readonly ParsedDescriptor[];
  /** Documents that the manifest names and the request does not contain. */
  readonly missing: readonly Checksum[];
  /** For an image: the digests of its unpacked layers, and its specification. */
  readonly config?: {
    readonly path: string;
    readonly diffIds: readonly Checksum[];
    readonly spec: ImageSpec;
  };
  /** The documents to store byte for byte; a group of layers has none. */
  readonly documents?: { readonly bytes: Uint8Array; readonly oci: Omit<OciImage, 'blob' | 'manifests'> };
}

const digestOf = (bytes: Uint8Array): Checksum =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Throws `invalid-request` unless the element's name has the form `<repository>@<digest>` with this digest. */
const repositoryFor = (id: ElementId, digest: Checksum, of: string): Repository => {
  const repository = repositoryOf(id);
  if (!repository) {
    const message =
      'must be lower-case letters and digits, separated by `.`, `_`, `__` or hyphens, before the digest';
    throw invalidRequest({ path: 'id', message });
  }
  const expected = formatId({ ...id, name: `${repository.name}@${digest}` });
  if (formatId(id) !== expected)
    throw invalidRequest({ path: 'id', message: `must be ${expected}, by the digest of ${of}` });
  return repository;
};

/** The digest that names a group of layers. */
const groupDigest = (layers: readonly Checksum[]): Checksum => digestOf(Buffer.from(layers.join(' ')));

const judgeGroup = (layers: readonly Checksum[], id: ElementId): PushedImage => {
  const repository = repositoryFor(id, groupDigest(layers), '`oci.layers` joined by a space');
  if (repository.name !== 'layers')
    throw invalidRequest({ path: 'id', message: 'must have the name `layers@…`' });
  return {
    repository,
    path: 'oci',
    layers: layers.map((digest) => ({ digest })),
    manifests: [],
    missing: [],
  };
};

interface Document {
  readonly digest: Checksum;
  readonly bytes: Uint8Array;
  readonly path: string;
}

/** Throws `invalid-request` for documents that the manifest does not name, or whose size differs. */
const assertNamed = ({ config, layers, blobs }: Manifest, documents: ReadonlyMap<string, Document>): void => {
  const named = new Map([...blobs, ...(config ? [config] : [])].map((one) => [one.digest, one]));
  const tars = new Set(layers.map(({ digest }) => digest));
  const issues = [...documents.values()].flatMap(({ digest, bytes, path }): Issue[] => {
    const size = named.get(digest)?.size;
    if (size === bytes.length) return [];
    if (size !== undefined)
      return [{ path, message: `has ${bytes.length} bytes, and the manifest says ${size} of ${digest}` }];
    const wayOut = tars.has(digest)
      ? `create image://…/layer@${digest} of its bytes instead`
      : 'leave it out, or send it as it is';
    const message = `is ${digest}, which the manifest names ${tars.has(digest) ? 'as a layer' : 'nowhere'}: ${wayOut}`;
    return [{ path, message }];
  });
  if (issues.length > 0) throw invalidRequest(...issues);
};

/** Throws `invalid-request` if the config and the manifest have different numbers of layers. */
const assertLayerCount = ({ rootfs }: ImageConfig, { layers }: Manifest, path: string): void => {
  const { length } = rootfs.diff_ids;
  if (length === layers.length) return;
  const message = `has ${length} entries, and the manifest has ${layers.length} layers: name each layer once`;
  throw invalidRequest({ path: `${path}.rootfs.diff_ids`, message });
};

const configOf = (manifest: Manifest, document: Document | undefined): PushedImage['config'] => {
  if (!document || !hasImageConfig(manifest)) return undefined;
  const config = parseImageConfig(document.bytes, document.path);
  assertLayerCount(config, manifest, document.path);
  return { path: document.path, diffIds: config.rootfs.diff_ids, spec: specOfConfig(config) };
};

const judgeManifest = (bytes: Uint8Array, blobs: readonly Uint8Array[], id: ElementId): PushedImage => {
  const path = 'oci.manifest';
  const manifest = parseManifest(bytes, path);
  const digest = digestOf(bytes);
  const repository = repositoryFor(id, digest, `\`${path}\``);
  const documents = new Map(
    blobs.map((blob, at) => {
      const one = { digest: digestOf(blob), bytes: blob, path: `oci.blobs[${at}]` };
      return [one.digest as string, one] as const;
    }),
  );
  assertNamed(manifest, documents);
  const config = manifest.config && documents.get(manifest.config.digest);
  const wanted = new Map(
    [...(manifest.config ? [manifest.config] : []), ...manifest.blobs].map((one) => [one.digest, one]),
  );
  let at = bytes.length;
  const kept = new Map<string, OciDocument>();
  for (const [name, { mediaType, size }] of wanted) {
    kept.set(name, { mediaType, digest: name, at, size });
    at += size;
  }
  const { artifactType, subject, annotations } = manifest;
  const own = manifest.config && kept.get(manifest.config.digest);
  const others = [...kept.values()].filter((one) => one !== own);
  const said = configOf(manifest, config);
  return {
    repository,
    path,
    layers: manifest.layers,
    manifests: manifest.manifests,
    missing: [...wanted.keys()].filter((name) => !documents.has(name)),
    ...(said ? { config: said } : {}),
    documents: {
      bytes: Buffer.concat([
        bytes,
        ...[...wanted.keys()].flatMap((name) => documents.get(name)?.bytes ?? []),
      ]),
      oci: {
        mediaType: manifest.mediaType,
        digest,
        size: bytes.length,
        ...(own ? { config: own } : {}),
        ...(others.length > 0 ? { blobs: others } : {}),
        ...(artifactType === undefined ? {} : { artifactType }),
        ...(subject
          ? { subject: { digest: subject.digest }, ...(isObject(annotations) ? { annotations } : {}) }
          : {}),
      },
    },
  };
};

/** Validates a push under an ID. Throws `invalid-request` for all errors that do not depend on the location. */
export const judgePushed = (given: GivenImage, id: ElementId): PushedImage =>
  'layers' in given ? judgeGroup(given.layers, id) : judgeManifest(given.manifest, given.blobs, id);

/** The problem of contents that a location does not have, so that a push has to send all of them. */
export const unknownContent = (digests: readonly string[]): TaskportError =>
  new TaskportError(
    'unknown-content',
    `the location lacks ${digests.length} of the digests that the manifest names: ${digests.slice(0, 3).join(', ')}${digests.length > 3 ? ', …' : ''}: send the contents of all \`digests\`, and try again`,
    { digests },
  );
