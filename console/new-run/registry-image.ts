import { ProblemError } from '../../client/problem-error.ts';
import { isRegistryImage, REGISTRY_IMAGE } from '../../lib/composition/plan/registry-image.ts';
import { api } from '../api.ts';

const DOCKER_HUB = 'docker.io';

/** A reference with what Docker leaves out said: `alpine` is `docker.io/library/alpine:latest`. Throws for what is none. */
export const normalizedReference = (text: string): string => {
  const [first = '', ...rest] = text.split('/');
  const isNamed = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const path = isNamed ? rest.join('/') : text;
  const host = isNamed ? first : DOCKER_HUB;
  const whole = host === DOCKER_HUB && !path.includes('/') ? `library/${path}` : path;
  const reference = `${host}/${whole}${/[:@]/.test(whole) ? '' : ':latest'}`;
  if (isRegistryImage(reference)) return reference;
  throw new TypeError(`${text} is no image: choose one, or write what a registry has, such as alpine:3.20.`);
};

/** The image that stands for a registry's, which is made where it is not there, as `taskport run` does. */
export const standIn = async (reference: string, location: string): Promise<string> => {
  const name = reference.replace(/^docker\.io\/(library\/)?/, '').replaceAll(/[/:@]+/g, '-');
  const id = `image://${location}/${name}` as const;
  try {
    await api.elements.create({ id, metadata: { ro: { [REGISTRY_IMAGE]: reference } } });
  } catch (error) {
    if (!(error instanceof ProblemError && error.code === 'name-collision')) throw error;
    const { metadata } = await api.elements.read(id, { fields: ['ro'] });
    if (metadata?.ro?.[REGISTRY_IMAGE] !== reference)
      throw new Error(`${id} is there, and does not stand for ${reference}.`);
  }
  return id;
};
