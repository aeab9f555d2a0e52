/** Images as OCI layouts on disk, and how they come to a Taskport by calls of its API. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { digest } from '../functions/api/support.ts';

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

export interface Manifest {
  readonly mediaType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** Calls the API, and holds the answer to its status. */
export const call = async (
  url: string,
  method: string,
  path: string,
  body: object | undefined,
  ...statuses: number[]
) => {
  const response = await fetch(`${url}${path}`, {
    method,
    ...(body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  expect({ method, path, status: response.status, text }).toMatchObject({
    status: expect.toSatisfy((status: number) => statuses.includes(status)),
  });
  return text === '' ? undefined : JSON.parse(text);
};

/** An OCI layout. */
export class Layout {
  readonly #path: string;
  /** Of its first image. */
  readonly digest: string;

  constructor(path: string) {
    this.#path = path;
    this.digest = JSON.parse(readFileSync(join(path, 'index.json'), 'utf8')).manifests[0].digest;
  }

  blob(ofDigest: string): Buffer {
    return readFileSync(join(this.#path, 'blobs', ...ofDigest.split(':')));
  }

  get manifest(): Manifest {
    return JSON.parse(this.blob(this.digest).toString('utf8'));
  }

  get config(): { readonly rootfs: { readonly diff_ids: readonly string[] } } {
    return JSON.parse(this.blob(this.manifest.config.digest).toString('utf8'));
  }
}

/** Keeps the bytes of a layer, unless they are there. */
export const pushLayer = async (url: string, location: string, bytes: Uint8Array): Promise<void> => {
  const checksum = digest('sha256', bytes);
  const data = { base64: Buffer.from(bytes).toString('base64') };
  const id = `image://${location}/layer@${checksum}`;
  await call(url, 'POST', '/v1/elements', { id, size: bytes.length, checksum, data }, 201, 409);
};

/** Keeps a manifest, with the blobs that come along, in a repository `<location>/<name>`. Answers its digest. */
export const pushManifest = async (
  url: string,
  repository: string,
  manifest: Uint8Array,
  blobs: readonly Uint8Array[],
): Promise<string> => {
  const ofManifest = digest('sha256', manifest);
  const [first, ...more] = [manifest, ...blobs].map((bytes) => Buffer.from(bytes).toString('base64'));
  await call(
    url,
    'POST',
    '/v1/elements',
    { id: `image://${repository}@${ofManifest}`, oci: { manifest: first, blobs: more } },
    201,
    409,
  );
  return ofManifest;
};

/** Has a tag of a repository name what has this digest. */
export const tag = (url: string, repository: string, name: string, ofDigest: string): Promise<unknown> =>
  call(url, 'PUT', `/v1/tags/${repository}/${name}`, { id: `image://${repository}@${ofDigest}` }, 200, 201);

/** Pushes the first image of a layout under a tag. */
export const pushLayout = async (
  url: string,
  repository: string,
  name: string,
  layout: Layout,
): Promise<void> => {
  const { config, layers } = layout.manifest;
  const [location = ''] = repository.split('/');
  for (const ofLayer of new Set(layers.map((each) => each.digest)))
    await pushLayer(url, location, layout.blob(ofLayer));
  const ofManifest = await pushManifest(url, repository, layout.blob(layout.digest), [
    layout.blob(config.digest),
  ]);
  expect(ofManifest).toBe(layout.digest);
  await tag(url, repository, name, ofManifest);
};
