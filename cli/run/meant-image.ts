import { ProblemError } from '../../client/problem-error.ts';
import { REGISTRY_IMAGE } from '../../lib/composition/plan/registry-image.ts';
import { LOCATION_NAME } from '../../lib/location/location.ts';
import { CONVENTIONAL, meantId } from '../meant-id.ts';
import type { Session } from '../session.ts';
import { nameOfReference, normalizedReference } from './registry-reference.ts';

type Asking = Pick<Session, 'taskport' | 'call'>;

const isMissing = (error: unknown): boolean =>
  error instanceof ProblemError && (error.status === 404 || error.code === 'unknown-location');

/** Whether a location is there, and is of images. */
const keepsImages = async ({ taskport, call }: Asking, name: string): Promise<boolean> => {
  if (!LOCATION_NAME.test(name)) return false;
  try {
    return (await taskport.locations.read(name, call)).kind === 'image';
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
};

/** The image that stands for a registry's, which is made where it is not there. Throws `ProblemError`. */
const standIn = async (
  { taskport, call }: Asking,
  location: string,
  reference: string,
  isOther = false,
): Promise<string> => {
  const id = `image://${location}/${nameOfReference(reference, isOther)}` as const;
  const read = () => taskport.elements.read(id, { fields: ['attributes', 'ro'], ...call });
  const found = await read().catch(async (error) => {
    if (!isMissing(error)) throw error;
    try {
      return await taskport.elements.create({ id, metadata: { ro: { [REGISTRY_IMAGE]: reference } } }, call);
    } catch (refused) {
      // Somebody else has made it meanwhile.
      if (refused instanceof ProblemError && refused.code === 'name-collision') return read();
      throw refused;
    }
  });
  if (found.metadata?.ro?.[REGISTRY_IMAGE] === reference && found.size === undefined) return id;
  if (isOther) throw new Error(`${id} is there, and does not stand for ${reference}`);
  return standIn({ taskport, call }, location, reference, true);
};

/**
 * The ID of the image that a command line names: `<location>/<name>[:<tag>]` of a location of images, and else what a registry has,
 * for which an image is made in the default location that only names it. Throws `UsageError` and `ProblemError`.
 */
export const meantImage = async (asking: Asking, text: string): Promise<string> => {
  const location = CONVENTIONAL.image;
  if (text.startsWith('image://')) return meantId('image', text);
  const [first = '', name, ...more] = text.split('/');
  const isShort = name !== undefined && more.length === 0;
  if (isShort && (first === location || (await keepsImages(asking, first)))) return meantId('image', text);
  return standIn(asking, location, normalizedReference(text));
};
