/** An OCI image layout, as `skopeo copy … oci:` writes one. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly os: string; readonly architecture: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

export const digestOf = (bytes: Uint8Array | string): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Writes a blob of a layout. */
const writeBlob = (root: string, mediaType: string, content: Uint8Array | object): Descriptor => {
  const bytes = content instanceof Uint8Array ? content : Buffer.from(JSON.stringify(content));
  const digest = digestOf(bytes);
  mkdirSync(join(root, 'blobs', 'sha256'), { recursive: true });
  writeFileSync(join(root, 'blobs', 'sha256', digest.slice('sha256:'.length)), bytes);
  return { mediaType, digest, size: bytes.length };
};

/** Writes the manifest of an image of these layers, the lowest first. */
export const writeManifest = (root: string, layers: readonly Uint8Array[]): Descriptor =>
  writeBlob(root, 'application/vnd.oci.image.manifest.v1+json', {
    schemaVersion: 2,
    config: writeBlob(root, 'application/vnd.oci.image.config.v1+json', { os: 'linux' }),
    layers: layers.map((layer) => writeBlob(root, 'application/vnd.oci.image.layer.v1.tar', layer)),
  });

/** Finishes a layout with the manifests that it offers. */
export const writeIndex = (root: string, manifests: readonly Descriptor[]): void => {
  writeFileSync(join(root, 'oci-layout'), '{"imageLayoutVersion": "1.0.0"}');
  writeFileSync(join(root, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
};
