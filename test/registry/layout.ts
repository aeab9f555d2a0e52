/** Images as OCI layouts on disk, and their pushes to a Taskport. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bodyOf } from '../functions/api/support.ts';
import { idOf, push, pushable, type SomeImage } from '../oci.ts';
import type { Taskport } from '../taskport.ts';

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** An OCI layout. */
export class Layout {
  readonly #path: string;
  /** The digest of its first image. */
  readonly digest: string;

  constructor(path: string) {
    this.#path = path;
    this.digest = JSON.parse(readFileSync(join(path, 'index.json'), 'utf8')).manifests[0].digest;
  }

  blob(ofDigest: string): Buffer {
    return readFileSync(join(this.#path, 'blobs', ...ofDigest.split(':')));
  }

  get manifest(): { readonly config: Descriptor; readonly layers: readonly Descriptor[] } {
    return JSON.parse(this.blob(this.digest).toString('utf8'));
  }

  get config(): { readonly rootfs: { readonly diff_ids: readonly string[] } } {
    return JSON.parse(this.blob(this.manifest.config.digest).toString('utf8'));
  }

  /** The image in the form of a push. */
  get image(): SomeImage {
    const { config, layers } = this.manifest;
    const bytes = layers.map(({ digest }) => this.blob(digest));
    return pushable(this.blob(this.digest), [this.blob(config.digest)], bytes);
  }
}

type Calls = Pick<Taskport, 'call'>;

/** Calls of a running host. */
export const callsOf = (url: string): Calls => ({
  async call(method, path, { body } = {}) {
    const response = await fetch(`${url}${path}`, {
      method,
      ...(body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    const { status, headers } = response;
    return { status, headers, body: text === '' ? undefined : JSON.parse(text) };
  },
});

/** Sets a tag of a repository `<location>/<name>` to an image there. */
export const tag = async (
  { call }: Calls,
  repository: string,
  name: string,
  image: Pick<SomeImage, 'digest'>,
): Promise<void> => {
  const [location = '', of = ''] = repository.split('/');
  const body = { id: idOf(image as SomeImage, of, location) };
  const { status } = await call('PUT', `/v1/tags/${repository}/${name}`, { body });
  if (status !== 200 && status !== 201) throw new Error(`${repository}:${name} is not set: ${status}`);
};

/** Pushes an image to a repository, and tags it. */
export const pushTo = async (
  calls: Calls,
  repository: string,
  image: SomeImage,
  ...names: readonly string[]
): Promise<void> => {
  const [location = '', of = ''] = repository.split('/');
  await bodyOf(push(calls, image, of, {}, location), 201);
  for (const name of names) await tag(calls, repository, name, image);
};
