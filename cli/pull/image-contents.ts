import type { DownloadOptions } from '../../client/download.ts';
import { type Descriptor, type ImageManifest, unique } from '../../client/image-manifest.ts';
import type { Take } from '../../client/platform/platform.ts';
import type { RemoteImage } from '../../client/remote-image.ts';
import type { TransferProgress } from '../../client/upload.ts';
import { defined } from '../../lib/defined.ts';
import { OCI_INDEX } from '../../lib/element/registry/media-types.ts';
import { manifestFor } from '../machine-image.ts';

/** A manifest with its bytes. */
export type Manifest = ImageManifest & { readonly bytes: Uint8Array };

/** The name of an image: `<location>/<repository>`, and a tag. */
export interface ImageName {
  readonly repository: string;
  readonly tag: string;
}

/** All parts of an image: its documents, and blobs that are still to be downloaded. */
export interface ImageContents {
  readonly image: Pick<RemoteImage, 'id' | 'digest' | 'read'>;
  /** The image's own manifest or index first, then those in its index. */
  readonly manifests: readonly [Manifest, ...Manifest[]];
  /** Configs, layers and others, each once. */
  readonly blobs: readonly Descriptor[];
  /** Downloads a blob into a file, or passes it on as it arrives, and verifies it. */
  receive(blob: Descriptor, onto: string | Take, signal?: AbortSignal): Promise<void>;
}

export const readContents = async (image: RemoteImage, options: DownloadOptions): Promise<ImageContents> => {
  const manifests: [Manifest, ...Manifest[]] = [await image.manifest(image.digest, options)];
  for (const { manifests: inner } of manifests) {
    for (const { digest } of unique(inner)) {
      if (!manifests.some((known) => known.digest === digest))
        manifests.push(await image.manifest(digest, options));
    }
  }
  for (const manifest of manifests) await image.findLayers(manifest, options);
  const blobs = manifests.flatMap(({ config, layers, others }) => [
    ...(config ? [config] : []),
    ...layers,
    ...others,
  ]);
  const done = new Map<string, number>();
  const size = unique(blobs).reduce((sum, blob) => sum + blob.size, 0);
  return {
    image,
    manifests,
    blobs: unique(blobs),
    receive: (blob, onto, signal = options.signal) => {
      const onProgress = (progress: TransferProgress): void => {
        done.set(blob.digest, progress.done);
        const sum = [...done.values()].reduce((total, each) => total + each, 0);
        options.onProgress?.({ phase: 'receiving', done: sum, size });
      };
      return image.receive(blob, onto, { signal, onProgress });
    },
  };
};

export const LAYOUT = JSON.stringify({ imageLayoutVersion: '1.0.0' });

const REF_NAME = 'org.opencontainers.image.ref.name';

/** Whether an entry of an index replaces another: it has the same name, or has no name and the same digest. */
const isReplaced = (entry: Descriptor, by: Descriptor): boolean => {
  const name = by.annotations?.[REF_NAME];
  return name === undefined ? entry.digest === by.digest : entry.annotations?.[REF_NAME] === name;
};

/** The index.json of a layout with the image added. */
export const indexOf = (
  { manifests: [{ mediaType, digest, bytes }] }: ImageContents,
  name: ImageName | undefined,
  others: readonly Descriptor[] = [],
): string => {
  const annotations = name && {
    [REF_NAME]: name.tag,
    'io.containerd.image.name': `${name.repository}:${name.tag}`,
  };
  const own = defined({ mediaType, digest, size: bytes.length, annotations });
  const kept = others.filter((entry) => !isReplaced(entry, own));
  return JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [...kept, own] });
};

/** The name of a blob in a layout. */
export const blobPath = (digest: string): string => `blobs/${digest.replace(':', '/')}`;

/** The image that Docker loads: from an index the one for this machine, or else the first. Undefined if there is none. */
export const loadedManifest = ({ manifests: [own, ...inner] }: ImageContents): Manifest | undefined => {
  const isImage = ({ config, layers }: Manifest): boolean => config !== undefined && layers.length > 0;
  if (own.manifests.length === 0) return isImage(own) ? own : undefined;
  const fitting = manifestFor(own.manifests);
  return inner.find(({ digest }) => digest === fitting?.digest) ?? inner.find(isImage);
};

/** The manifest.json that Docker needs. */
export const savedJson = (name: ImageName | undefined, Config: string, Layers: readonly string[]): string => {
  const RepoTags = name ? [`${name.repository}:${name.tag}`] : null;
  return JSON.stringify([{ Config, RepoTags, Layers }]);
};
