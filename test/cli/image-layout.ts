/** Makes an OCI image layout, like `skopeo copy … oci:`. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly os: string; readonly architecture: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

export const digestOf = (bytes: Uint8Array | string): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

const OCI = 'application/vnd.oci.image';
const isGzip = (layer: Uint8Array): boolean => layer[0] === 0x1f;

/** Writes a blob of a layout. */
export const writeBlob = (root: string, mediaType: string, content: Uint8Array | object): Descriptor => {
  const bytes = content instanceof Uint8Array ? content : Buffer.from(JSON.stringify(content));
  const digest = digestOf(bytes);
  mkdirSync(join(root, 'blobs', 'sha256'), { recursive: true });
  writeFileSync(join(root, 'blobs', 'sha256', digest.slice('sha256:'.length)), bytes);
  return { mediaType, digest, size: bytes.length };
};

/** Writes the manifest of an image of these layers, the lowest first, plain or by gzip. */
export const writeManifest = (
  root: string,
  layers: readonly Uint8Array[],
  { config = {}, ...more }: { readonly config?: object; readonly subject?: Descriptor } = {},
): Descriptor =>
  writeBlob(root, `${OCI}.manifest.v1+json`, {
    schemaVersion: 2,
    mediaType: `${OCI}.manifest.v1+json`,
    config: writeBlob(root, `${OCI}.config.v1+json`, {
      os: 'linux',
      architecture: 'amd64',
      rootfs: {
        type: 'layers',
        diff_ids: layers.map((layer) => digestOf(isGzip(layer) ? gunzipSync(layer) : layer)),
      },
      ...config,
    }),
    layers: layers.map((layer) =>
      writeBlob(root, `${OCI}.layer.v1.tar${isGzip(layer) ? '+gzip' : ''}`, layer),
    ),
    ...more,
  });

/** Writes a signature that refers to its subject. */
export const writeSignature = (root: string, subject: Descriptor): Descriptor =>
  writeBlob(root, `${OCI}.manifest.v1+json`, {
    schemaVersion: 2,
    mediaType: `${OCI}.manifest.v1+json`,
    artifactType: 'application/vnd.example.signature',
    config: writeBlob(root, 'application/vnd.oci.empty.v1+json', {}),
    layers: [writeBlob(root, 'application/vnd.example.signature', Buffer.from(`signed: ${subject.digest}`))],
    subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
  });

/** Finishes a layout with an index of its manifests. */
export const writeIndex = (root: string, manifests: readonly Descriptor[]): void => {
  writeFileSync(join(root, 'oci-layout'), '{"imageLayoutVersion": "1.0.0"}');
  writeFileSync(join(root, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
};

/** Writes an index of several platforms, as a document of the layout. */
export const writeInnerIndex = (root: string, manifests: readonly Descriptor[]): Descriptor =>
  writeBlob(root, `${OCI}.index.v1+json`, {
    schemaVersion: 2,
    mediaType: `${OCI}.index.v1+json`,
    manifests,
  });
