const OCI = 'application/vnd.oci.image.';

/** What documents of OCI images are called (OCI image specification, media types). */
export const OCI_MANIFEST = `${OCI}manifest.v1+json`;
export const OCI_INDEX = `${OCI}index.v1+json`;
export const OCI_CONFIG = `${OCI}config.v1+json`;
