import { layerMediaTypes } from '../layer.ts';

const OCI = 'application/vnd.oci.image.';
const DOCKER = 'application/vnd.docker.';
const DIFF = `${DOCKER}image.rootfs.diff.tar`;

/** The media types of OCI documents (OCI image specification, media types). */
export const OCI_MANIFEST = `${OCI}manifest.v1+json`;
export const OCI_INDEX = `${OCI}index.v1+json`;
export const OCI_CONFIG = `${OCI}config.v1+json`;

/** The OCI media types of manifests, and Docker's for the same (image manifest version 2, schema 2). */
export const MANIFEST_TYPES: readonly string[] = [OCI_MANIFEST, `${DOCKER}distribution.manifest.v2+json`];
export const INDEX_TYPES: readonly string[] = [OCI_INDEX, `${DOCKER}distribution.manifest.list.v2+json`];
export const CONFIG_TYPES: readonly string[] = [OCI_CONFIG, `${DOCKER}container.image.v1+json`];
export const LAYER_TYPES: readonly string[] = [
  ...Object.values(layerMediaTypes),
  ...[DIFF, `${DIFF}.gzip`, `${DIFF}.zstd`],
];
/** Layers whose bytes are stored elsewhere. */
export const FOREIGN_LAYER =
  /^application\/vnd\.(docker\.image\.rootfs\.foreign\.|oci\.image\.layer\.nondistributable\.)/;
