import { meantImage } from '../../client/meant-image.ts';
import { ProblemError } from '../../client/problem-error.ts';
import type { Location } from '../../lib/location/location.ts';
import { api } from '../api.ts';
import { keepRecent } from '../parts/id-picker.tsx';
import { partsOfId } from '../route.ts';
import { FieldError, type RunRequest } from './request.ts';

const isMissing = (error: unknown): boolean => error instanceof ProblemError && error.status === 404;

const isImage = (member: object): member is { id: string } =>
  'id' in member && String(member.id).startsWith('image://');

/** The image that is meant: one of a location, or what a registry has, for which one is made that only names it. */
const imageOf = async (id: string, locations: readonly Location[]): Promise<string> => {
  const images = locations.filter(({ kind }) => kind === 'image');
  const home = images.find(({ name }) => name === 'images') ?? images[0];
  if (!home) throw new FieldError('image', 'No location keeps images: make one first.');
  try {
    return await meantImage({ taskport: api }, id.replace(/^image:\/\//, ''), home.name);
  } catch (error) {
    throw error instanceof TypeError ? new FieldError('image', error.message) : error;
  }
};

/** Makes volumes that are not there, as `taskport run` does. */
const makeVolume = async (id: string): Promise<void> => {
  await api.elements.read(id, { fields: ['attributes'] }).catch((error) => {
    if (isMissing(error)) return api.elements.create({ id });
    throw error;
  });
};

/** A name for a run that was given none: what its image is called, and what tells it from others. */
const anyName = (imageId: string): string => {
  const { name } = partsOfId(imageId);
  const [marks = 0] = crypto.getRandomValues(new Uint16Array(1));
  return `${name.replace(/[:@].*$/, '').slice(0, 40)}-${marks.toString(16).padStart(4, '0')}`;
};

/** Starts what is asked for; answers the executor and the task. */
export const startRun = async (
  { executorId, ...composing }: RunRequest,
  locations: readonly Location[],
): Promise<{ readonly executorId: string; readonly taskId: string }> => {
  const [first, ...rest] = composing.members ?? [];
  const image = first && isImage(first) ? await imageOf(first.id, locations) : undefined;
  const members = image === undefined ? (composing.members ?? []) : [{ ...first, id: image }, ...rest];
  const ids = members.flatMap((member) => ('id' in member ? [member.id] : []));
  await Promise.all(ids.filter((id) => id.startsWith('volume://')).map(makeVolume));
  const named = executorId.endsWith('/') ? `${executorId}${anyName(image ?? 'image://x/run')}` : executorId;
  const { composition } = await api.compositions.compose(named, { ...composing, members });
  keepRecent(...ids);
  const task = composition.members.find((member) => member.task)?.id;
  return { executorId: named, taskId: task ?? `${named}/tasks/main` };
};
