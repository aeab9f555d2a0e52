import { REGISTRY_IMAGE } from '../lib/composition/plan/registry-image.ts';
import { LOCATION_NAME } from '../lib/location/location.ts';
import type { CallOptions } from './http.ts';
import { ABSENT, isCode } from './problem-error.ts';
import { nameOfReference, normalizedReference } from './registry-reference.ts';
import type { Taskport } from './taskport.ts';

/** The client, and the options of its calls. */
interface Asking {
  readonly taskport: Pick<Taskport, 'elements' | 'locations'>;
  readonly call?: Pick<CallOptions, 'signal'>;
}

const isMissing = (error: unknown): boolean => isCode(error, ...ABSENT);

/** Whether a location exists and keeps images. */
const keepsImages = async ({ taskport, call }: Asking, name: string): Promise<boolean> => {
  if (!LOCATION_NAME.test(name)) return false;
  try {
    return (await taskport.locations.read(name, call)).kind === 'image';
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
};

/** The image that stands for an image of a registry; creates it if it does not exist. Throws `ProblemError`. */
const standIn = async (
  asking: Asking,
  location: string,
  reference: string,
  isOther = false,
): Promise<string> => {
  const { elements } = asking.taskport;
  const id = `image://${location}/${nameOfReference(reference, isOther)}` as const;
  const read = () => elements.read(id, { fields: ['attributes', 'ro'], ...asking.call });
  const found = await read().catch(async (error) => {
    if (!isMissing(error)) throw error;
    try {
      return await elements.create({ id, metadata: { ro: { [REGISTRY_IMAGE]: reference } } }, asking.call);
    } catch (refused) {
      // Another caller has created it meanwhile.
      if (isCode(refused, 'name-collision')) return read();
      throw refused;
    }
  });
  if (found.metadata?.ro?.[REGISTRY_IMAGE] === reference && found.size === undefined) return id;
  if (isOther) throw new Error(`${id} is there, and does not stand for ${reference}`);
  return standIn(asking, location, reference, true);
};

/**
 * The ID of an image that a user names: `<location>/<name>[:<tag>]` in a location of images, or an image of a registry, for which it makes an
 * element in `home` that only refers to it. Throws `InputError` for any other text, and `ProblemError`.
 */
export const meantImage = async (asking: Asking, text: string, home: string): Promise<string> => {
  const [first = '', name = '', ...more] = text.split('/');
  const isShort = name !== '' && more.length === 0;
  if (isShort && (first === home || (await keepsImages(asking, first)))) return `image://${text}`;
  return standIn(asking, home, normalizedReference(text));
};
