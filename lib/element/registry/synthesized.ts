import { createHash } from 'node:crypto';
import { defined } from '../../defined.ts';
import type { Checksum } from '../checksum.ts';
import { layersOf } from '../content.ts';
import type { ElementRecord } from '../element.ts';
import { configOfSpec } from '../image-config.ts';
import type { ImageSpec } from '../image-spec.ts';
import { decodeText } from '../metadata.ts';
import { OCI_CONFIG, OCI_MANIFEST } from './media-types.ts';

/** A document that is made from an element; its bytes are always the same. */
interface Made {
  readonly bytes: Buffer;
  readonly digest: Checksum;
}

/** The `ro` metadata with an image's architecture, in the terms of Go's GOARCH. */
const ARCHITECTURE = 'architecture';
const ARCHITECTURES = ['amd64', 'arm64', 'arm', '386', 'ppc64le', 's390x', 'riscv64', 'loong64', 'mips64le'];

const make = (document: object): Made => {
  const bytes = Buffer.from(JSON.stringify(document));
  return { bytes, digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}` };
};

const architectureOf = ({ ro }: ElementRecord): string => {
  const said = Object.hasOwn(ro, ARCHITECTURE) ? ro[ARCHITECTURE] : undefined;
  return ARCHITECTURES.find((each) => each === (said && decodeText(said))) ?? 'amd64';
};

/**
 * The manifest and the config that are made from an image element; undefined if it has no layers, or they are
 * not known. Users write digests down, so the documents of an element must stay the same for ever
 * (docs/adr/0034): they may not depend on anything else, and their order may not change.
 */
export const synthesize = (record: ElementRecord): { manifest: Made; config: Made } | undefined => {
  const layers = layersOf(record);
  if (!layers || layers.length === 0) return undefined;
  const config = make({
    created: '1970-01-01T00:00:00Z',
    architecture: architectureOf(record),
    os: 'linux',
    ...(record.spec ? { config: configOfSpec(record.spec as ImageSpec) } : {}),
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
  });
  const manifest = make({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: { mediaType: OCI_CONFIG, digest: config.digest, size: config.bytes.length },
    layers: layers.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })),
  });
  return { manifest, config };
};

/** An image element that is about to be ready, with the digest of the manifest made from it. */
export const withManifest = (record: ElementRecord): ElementRecord => {
  if (record.oci || record.attributes.state !== 'ready') return record;
  const made = synthesize(record);
  const { digest: _, ...attributes } = record.attributes;
  return {
    ...record,
    attributes: { ...attributes, ...defined({ digest: made?.manifest.digest }) },
    ...defined({
      made: made && {
        size: made.manifest.bytes.length,
        config: { digest: made.config.digest, size: made.config.bytes.length },
      },
    }),
  };
};
