/** OCI images like those of other tools, and their pushes. */
import { randomBytes } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { digest } from './functions/api/support.ts';
import type { Answer, Taskport } from './taskport.ts';
import { archiveOf } from './uploading.ts';

const OCI = 'application/vnd.oci.image';
export const LAYER_TYPE = `${OCI}.layer.v1.tar+gzip`;
export const MANIFEST_TYPE = `${OCI}.manifest.v1+json`;
export const INDEX_TYPE = `${OCI}.index.v1+json`;
export const CONFIG_TYPE = `${OCI}.config.v1+json`;

export const base64Of = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
export const jsonBytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value, undefined, 1));
export const digestOf = (bytes: Uint8Array): string => digest('sha256', bytes);

/** A layer that no other test has. */
export const someLayer = async (name = 'file'): Promise<Buffer> =>
  gzipSync(await archiveOf({ name, content: randomBytes(40) }));

export const descriptorOf = (bytes: Uint8Array, mediaType: string, rest: object = {}) => ({
  mediaType,
  digest: digestOf(bytes),
  size: bytes.length,
  ...rest,
});

/** An image in the form of a push. */
export interface SomeImage {
  readonly layers: readonly Buffer[];
  readonly manifest: Buffer;
  readonly blobs: readonly Buffer[];
  readonly digest: string;
}

/** A manifest with its documents. */
export const pushable = (
  manifest: Buffer,
  blobs: readonly Buffer[] = [],
  layers: readonly Buffer[] = [],
): SomeImage => ({
  layers,
  manifest,
  blobs,
  digest: digestOf(manifest),
});

/** An image of these layers. */
export const imageOf = (
  layers: readonly Buffer[],
  { config = {}, manifest = {} }: { readonly config?: object; readonly manifest?: object } = {},
): SomeImage => {
  const diff_ids = layers.map((layer) => digestOf(gunzipSync(layer)));
  const document = jsonBytes({
    architecture: 'amd64',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids },
    ...config,
  });
  const bytes = jsonBytes({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: descriptorOf(document, CONFIG_TYPE),
    layers: layers.map((layer) => descriptorOf(layer, LAYER_TYPE)),
    ...manifest,
  });
  return pushable(bytes, [document], layers);
};

type Calls = Pick<Taskport, 'call'>;

/** Sends a layer as an element, like a push. */
export const sendLayer = ({ call }: Calls, location: string, layer: Uint8Array): Promise<Answer> =>
  call('POST', '/v1/elements', {
    body: {
      id: `image://${location}/layer@${digestOf(layer)}`,
      checksum: digestOf(layer),
      data: { base64: base64Of(layer) },
    },
  });

export const idOf = ({ digest: of }: SomeImage, repository: string, location = 'image'): string =>
  `image://${location}/${repository}@${of}`;

/** Creates an image whose layers exist. */
export const sendImage = (
  { call }: Calls,
  image: SomeImage,
  repository: string,
  rest: object = {},
  location = 'image',
): Promise<Answer> =>
  call('POST', '/v1/elements', {
    body: {
      id: idOf(image, repository, location),
      oci: { manifest: base64Of(image.manifest), blobs: image.blobs.map(base64Of) },
      ...rest,
    },
  });

/** Pushes a whole image: its layers in parallel, then the image. */
export const push = async (
  taskport: Calls,
  image: SomeImage,
  repository: string,
  rest: object = {},
  location = 'image',
): Promise<Answer> => {
  const different = new Map(image.layers.map((layer) => [digestOf(layer), layer]));
  await Promise.all([...different.values()].map((layer) => sendLayer(taskport, location, layer)));
  return sendImage(taskport, image, repository, rest, location);
};
