import { isRegistryImage } from '../lib/composition/plan/registry-image.ts';
import { InputError } from '../lib/input-error.ts';
import { digestOf } from './image-manifest.ts';

/** The default registry, and the prefix of its official images. */
const DOCKER_HUB = 'docker.io';
const OFFICIAL = 'library';
/** A longer name is cut, and ends in a digest that makes it unique. */
const MAX_NAME = 200;

/** Whether the first part of a reference is a registry, by Docker's rules. */
const isHost = (part: string): boolean => /[.:]/.test(part) || part === 'localhost' || /[A-Z]/.test(part);

/** A text with Docker's defaults for the host and the path, which need not be a valid reference. */
const located = (text: string): string => {
  const [first = '', ...rest] = text.split('/');
  const isNamed = rest.length > 0 && isHost(first);
  const host = isNamed ? first.replace(/^(index|registry-1)\.docker\.io$/, DOCKER_HUB) : DOCKER_HUB;
  const remote = isNamed ? rest.join('/') : text;
  const path = host === DOCKER_HUB && !remote.includes('/') ? `${OFFICIAL}/${remote}` : remote;
  return `${host}/${path}`;
};

/** A reference with Docker's defaults for the host and the path; undefined for a text without a tag and a digest, and for an invalid one. */
export const versionedReference = (text: string): string | undefined => {
  const reference = located(text);
  return isRegistryImage(reference) ? reference : undefined;
};

/** A reference with Docker's defaults filled in: `alpine` is `docker.io/library/alpine:latest`. Throws `InputError` for an invalid one. */
export const normalizedReference = (text: string): string => {
  const reference = versionedReference(text) ?? versionedReference(`${text}:latest`);
  if (reference !== undefined) return reference;
  throw new InputError(
    `${text} is no image: write <location>/<name>[:<tag>], or an image of a registry, such as alpine:3.20`,
  );
};

/** The name of the image that stands for a reference: `alpine-3.20`. `isOther` if another reference has that name already. */
export const nameOfReference = (reference: string, isOther = false): string => {
  const short = reference.replace(/^docker\.io\/(library\/)?/, '').replaceAll(/[/:@]+/g, '-');
  if (!isOther && short.length <= MAX_NAME) return short;
  const [, hash = ''] = digestOf(new TextEncoder().encode(reference)).split(':');
  return `${short.slice(0, MAX_NAME)}-${hash.slice(0, 12)}`;
};
