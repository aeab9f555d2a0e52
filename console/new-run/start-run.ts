import { createAbsent } from '../../client/create-absent.ts';
import type { NewElement } from '../../client/elements.ts';
import { anyName } from '../../client/executor-name.ts';
import { meantImage } from '../../client/meant-image.ts';
import { ProblemError } from '../../client/problem-error.ts';
import type { ProblemCode } from '../../lib/errors.ts';
import { InputError } from '../../lib/input-error.ts';
import type { Location } from '../../lib/location/location.ts';
import { api } from '../api.ts';
import { keepRecent } from '../parts/id-picker.tsx';
import { partsOfId } from '../route.ts';
import { FieldError, type RunRequest } from './request.ts';

/** A run to start, and what to create before it. */
export interface PreparedRun {
  readonly request: RunRequest;
  readonly makes: readonly NewElement[];
}

const isImage = (member: object): member is { id: string } =>
  'id' in member && String(member.id).startsWith('image://');

/** Whether an element exists, by a list: the browser would log the read of one that does not exist as an error. */
const exists = async (id: string): Promise<boolean> => {
  const { kind, location, name } = partsOfId(id);
  const query = { kind, location, filter: [`name^=${name}`], limit: 1 };
  const { value } = await api.elements.list(query).pages().next();
  return value?.items[0]?.id === id;
};

const absent = (code: ProblemCode) => new ProblemError({ type: 'about:blank', status: 404, code });

/** The image for a text: one of a location, or a registry's, for which a new image only names it. */
const imageOf = async (id: string, locations: readonly Location[], makes: NewElement[]): Promise<string> => {
  const images = locations.filter(({ kind }) => kind === 'image');
  const home = images.find(({ name }) => name === 'images') ?? images[0];
  if (!home) throw new FieldError({ image: 'No location keeps images: make one first.' });
  const elements = {
    read: async (of: string) => {
      if (await exists(of)) return api.elements.read(of, { fields: ['attributes', 'ro'] });
      throw absent('not-found');
    },
    // Creates nothing before the start.
    create: async (element: NewElement) => {
      makes.push(element);
      return { ...element };
    },
  };
  const known = {
    read: async (name: string) => {
      const found = locations.find((location) => location.name === name);
      if (found) return found;
      throw absent('unknown-location');
    },
  };
  const taskport = { elements, locations: known } as unknown as typeof api;
  try {
    return await meantImage({ taskport }, id.replace(/^image:\/\//, ''), home.name);
  } catch (error) {
    throw error instanceof InputError ? new FieldError({ image: error.message }) : error;
  }
};

/** Volumes that do not exist, which the run creates like `taskport run`. */
const absentVolumes = async (ids: readonly string[]): Promise<NewElement[]> => {
  const found = await Promise.all(ids.map(async (id) => ((await exists(id)) ? [] : [{ id } as NewElement])));
  return found.flat();
};

const idsOf = ({ members = [] }: RunRequest): string[] =>
  members.flatMap((member) => ('id' in member ? [member.id] : []));

/** The request of a form, with full IDs and a name for the executor. */
export const prepareRun = async (
  request: RunRequest,
  locations: readonly Location[],
): Promise<PreparedRun> => {
  const { executorId, members = [] } = request;
  const makes: NewElement[] = [];
  const named = await Promise.all(
    members.map(async (member) =>
      isImage(member) ? { ...member, id: await imageOf(member.id, locations, makes) } : member,
    ),
  );
  const meant = {
    ...request,
    executorId: executorId.endsWith('/') ? `${executorId}${anyName()}` : executorId,
    members: named,
  };
  makes.push(...(await absentVolumes(idsOf(meant).filter((id) => id.startsWith('volume://')))));
  return { request: meant, makes };
};

/** Creates what does not exist, and starts the run; answers the executor and the task. */
export const startRun = async ({
  request,
  makes,
}: PreparedRun): Promise<{ readonly executorId: string; readonly taskId: string }> => {
  const { executorId, ...composing } = request;
  const ids = idsOf(request);
  await Promise.all(makes.filter(({ id }) => ids.includes(id)).map((element) => createAbsent(api, element)));
  const { composition } = await api.compositions.compose(executorId, composing);
  keepRecent(...ids);
  const task = composition.members.find((member) => member.task)?.id;
  return { executorId, taskId: task ?? `${executorId}/tasks/main` };
};
