import { createHash } from 'node:crypto';

const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const descriptorOf = (bytes: Uint8Array, mediaType: string) => ({
  mediaType: `application/vnd.oci.image.${mediaType}`,
  digest: digestOf(bytes),
  size: bytes.length,
});

/** An empty layer and an image of it, as a push creates them in a location. */
export const someImage = (location: string) => {
  const layer = Buffer.alloc(1024);
  const rootfs = { type: 'layers', diff_ids: [digestOf(layer)] };
  const config = Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs }));
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      config: descriptorOf(config, 'config.v1+json'),
      layers: [descriptorOf(layer, 'layer.v1.tar')],
    }),
  );
  const base64Of = (bytes: Buffer): string => bytes.toString('base64');
  return {
    layer: { id: `image://${location}/layer@${digestOf(layer)}`, data: { base64: base64Of(layer) } },
    image: {
      id: `image://${location}/app@${digestOf(manifest)}`,
      oci: { manifest: base64Of(manifest), blobs: [base64Of(config)] },
    },
    imagePath: `/v1/elements/image/${location}/app%40${encodeURIComponent(digestOf(manifest))}`,
  };
};
