import { createHash } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../usage-error.ts';

/** Something in a layout, by its digest (OCI image specification, Descriptor). */
interface Descriptor {
  readonly mediaType?: string;
  readonly digest: string;
  readonly size?: number;
  readonly platform?: { readonly os?: string; readonly architecture?: string; readonly variant?: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Which image of a layout is meant, where it has several. */
export interface Choice {
  /** What `skopeo copy … oci:<directory>:<tag>` called it. */
  readonly tag?: string;
  /** `os/architecture`, perhaps with a variant. */
  readonly platform?: string;
}

/** A layer of an image. */
interface Layer {
  /** `sha256:hex`, of its bytes as they are. */
  readonly digest: string;
  /** Where they are. */
  readonly path: string;
  /** Tells it, on what is below it, from the same layer on something else. */
  readonly chain: string;
}

export interface ImageLayout {
  /** Of the manifest. */
  readonly digest: string;
  readonly configDigest: string;
  /** The lowest first. */
  readonly layers: readonly Layer[];
}

const LAYER_TYPES =
  /^application\/vnd\.(oci\.image\.layer(\.nondistributable)?\.v1\.tar(\+gzip|\+zstd)?|docker\.image\.rootfs\.(foreign\.)?diff\.tar(\.gzip|\.zstd)?)$/;
const INDEX_TYPES =
  /^application\/vnd\.(oci\.image\.index\.v1|docker\.distribution\.manifest\.list\.v2)\+json$/;
const DIGEST = /^(sha256):([0-9a-f]{64})$/;

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };
const PLATFORM = `linux/${architectures[process.arch] ?? process.arch}`;

const pathOf = (root: string, digest: string): string => {
  const [, algorithm, hex] = DIGEST.exec(digest) ?? [];
  if (algorithm === undefined || hex === undefined)
    throw new UsageError(`${root}: ${digest} is no sha256 digest`);
  return join(root, 'blobs', algorithm, hex);
};

const platformOf = ({ platform: { os, architecture, variant } = {} }: Descriptor): string =>
  [os, architecture, variant].filter((part) => part !== undefined).join('/');

const isAbsent = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** Throws `UsageError` where a layout lacks something. */
const assertThere = async (root: string, path: string, lack: string): Promise<void> => {
  await access(path).catch((error) => {
    throw isAbsent(error) ? new UsageError(`${root} ${lack}`) : error;
  });
};

/** A document of a layout. Throws `UsageError` where it is absent, or not what its digest says. */
const readDocument = async (root: string, digest: string): Promise<Record<string, unknown>> => {
  const path = pathOf(root, digest);
  await assertThere(root, path, `lacks the document ${digest} that its index names`);
  const bytes = await readFile(path);
  const actual = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  if (actual !== digest) throw new UsageError(`${root}: the document ${digest} is ${actual}`);
  return JSON.parse(bytes.toString()) as Record<string, unknown>;
};

/** The name that tools find an image by (OCI image specification, annotations). */
const tagOf = ({ annotations }: Descriptor): string | undefined =>
  annotations?.['org.opencontainers.image.ref.name'];

/** Those that are called so; all of them where none is asked for. One that is there under two names is one. */
const tagged = (root: string, found: readonly Descriptor[], tag: string | undefined): Descriptor[] => {
  const fitting = tag === undefined ? found : found.filter((each) => tagOf(each) === tag);
  if (fitting.length === 0 && tag !== undefined) {
    const names = found.map((each) => tagOf(each) ?? each.digest).join(', ');
    throw new UsageError(`${root} has no image that is called ${tag}, among: ${names}`);
  }
  return [...new Map(fitting.map((each) => [each.digest, each])).values()];
};

/** The one manifest, or that of the platform. */
const choose = (root: string, found: readonly Descriptor[], platform: string | undefined): Descriptor => {
  const [only, ...others] = found;
  if (only && others.length === 0 && platform === undefined) return only;
  const wanted = platform ?? PLATFORM;
  const fitting = found.filter((each) => `${platformOf(each)}/`.startsWith(`${wanted}/`));
  if (fitting[0] && fitting.length === 1) return fitting[0];
  const isByTag = platform === undefined && found.every((each) => platformOf(each) === '' && tagOf(each));
  const names = found.map((each) => platformOf(each) || (tagOf(each) ?? each.digest)).join(', ');
  if (isByTag) throw new UsageError(`${root} has ${found.length} images: ${names}; name one by --tag`);
  if (found.every((each) => platformOf(each) === ''))
    throw new UsageError(`${root} does not say which of its images is for ${wanted}, among: ${names}`);
  const amount = fitting.length === 0 ? 'no image' : `${fitting.length} images`;
  throw new UsageError(
    `${root} has ${amount} for ${wanted}, among: ${names}; name one of them by --platform`,
  );
};

const chainOf = (digests: readonly string[]): string =>
  createHash('sha256').update(digests.join(' ')).digest('hex').slice(0, 12);

/** Reads an OCI image layout: the layers of its image, or of the one that is meant. Throws `UsageError`. */
export const readImageLayout = async (root: string, { tag, platform }: Choice = {}): Promise<ImageLayout> => {
  const indexPath = join(root, 'index.json');
  await assertThere(root, indexPath, 'has oci-layout but no index.json');
  const index = JSON.parse(await readFile(indexPath, 'utf8')) as Record<string, unknown>;
  // Of one image that is an index itself the platform is asked there.
  const outer = tagged(root, (index.manifests ?? []) as Descriptor[], tag);
  const [first] = outer;
  const isNested = outer.length === 1 && INDEX_TYPES.test(first?.mediaType ?? '');
  const inner = isNested
    ? ((await readDocument(root, (first as Descriptor).digest)).manifests as Descriptor[])
    : outer;
  const { digest } = choose(root, inner, platform);
  const manifest = await readDocument(root, digest);
  const config = manifest.config as Descriptor | undefined;
  const layers = (manifest.layers ?? []) as Descriptor[];
  const strange = layers.filter(({ mediaType = '' }) => !LAYER_TYPES.test(mediaType));
  if (!config || layers.length === 0 || strange.length > 0) {
    const types = strange.map(({ mediaType }) => mediaType).join(', ') || 'no layers';
    throw new UsageError(`${root} holds no image of tar layers: ${types}`);
  }
  const digests = layers.map((layer) => layer.digest);
  for (const each of digests) {
    await assertThere(root, pathOf(root, each), `lacks the layer ${each} that its manifest names`);
  }
  return {
    digest,
    configDigest: config.digest,
    layers: digests.map((each, at) => ({
      digest: each,
      path: pathOf(root, each),
      chain: chainOf(digests.slice(0, at + 1)),
    })),
  };
};
