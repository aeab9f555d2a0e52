import { REPOSITORY, TAG } from '../../../lib/element/registry/repository.ts';
import { LOCATION_NAME } from '../../../lib/location/location.ts';
import { RegistryError } from './registry-error.ts';

/** The endpoints below `/v2/`. */
export type Endpoint =
  | 'version'
  | 'catalog'
  | 'token'
  | 'manifests'
  | 'blobs'
  | 'layers'
  | 'uploads'
  | 'tags'
  | 'referrers';

/** The request of a path. */
export interface Asked {
  readonly endpoint: Endpoint;
  /** The name of a repository in the path, and the requested part of it. */
  readonly name?: string;
  readonly reference?: string;
}

const OF_A_NAME = /^\/v2\/(.+)\/(manifests|blobs|tags|referrers)\/(.*)$/s;
/** An extension in the form of the distribution specification: the layers of a manifest. */
const LAYERS = /^\/v2\/(.+)\/_taskport\/layers\/(.*)$/s;
const OTHERS: Readonly<Record<string, Endpoint>> = {
  '/v2': 'version',
  '/v2/': 'version',
  '/v2/_catalog': 'catalog',
  '/v2/token': 'token',
};

/** The request of a path; undefined if there is no such path. */
export const readPath = (path: string): Asked | undefined => {
  const endpoint = OTHERS[path];
  if (endpoint) return { endpoint };
  const [, image, manifest] = LAYERS.exec(path) ?? [];
  if (image !== undefined) return { endpoint: 'layers', name: image, reference: manifest ?? '' };
  const [, name, noun, reference = ''] = OF_A_NAME.exec(path) ?? [];
  if (name === undefined) return undefined;
  if (noun === 'blobs' && /^uploads(\/|$)/.test(reference)) return { endpoint: 'uploads', name };
  if (noun === 'tags') return reference === 'list' ? { endpoint: 'tags', name } : undefined;
  return { endpoint: noun as Endpoint, name, reference };
};

const MAX_NAME = 255;
/** A digest (OCI image specification), and the lengths of the registered algorithms. */
const DIGEST = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[A-Za-z0-9=_-]+$/;
const LENGTHS: Readonly<Record<string, number>> = { sha256: 64, sha512: 128 };

/** The location and the repository of a name; undefined if none can have the name. Throws `NAME_INVALID`. */
export const readName = (text: string): { readonly location: string; readonly name: string } | undefined => {
  if (text.length > MAX_NAME || !text.split('/').every((part) => REPOSITORY.test(part))) {
    throw new RegistryError(
      'NAME_INVALID',
      'a name is `<location>/<repository>`: lower-case letters and digits, with `.`, `_`, `__` or hyphens between them',
      { detail: { name: text } },
    );
  }
  const [location = '', name, ...more] = text.split('/');
  return name === undefined || more.length > 0 || !LOCATION_NAME.test(location)
    ? undefined
    : { location, name };
};

/** A digest. Throws `DIGEST_INVALID`. */
export const readDigest = (text: string): string => {
  const [algorithm = '', encoded = ''] = text.split(':');
  const length = LENGTHS[algorithm];
  const isOne = length === undefined || (encoded.length === length && /^[0-9a-f]+$/.test(encoded));
  if (DIGEST.test(text) && isOne) return text;
  throw new RegistryError('DIGEST_INVALID', 'a digest is `sha256:` and 64 hexadecimal digits in lower case', {
    detail: { digest: text },
  });
};

/** A digest or a tag. Throws `DIGEST_INVALID`, `MANIFEST_INVALID`. */
export const readReference = (text: string): string => {
  if (text.includes(':')) return readDigest(text);
  if (TAG.test(text)) return text;
  throw new RegistryError(
    'MANIFEST_INVALID',
    'a tag has 1 to 128 letters, digits and `._-`, the first a letter, a digit or `_`',
    { detail: { tag: text } },
  );
};
