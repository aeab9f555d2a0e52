import { REGISTRY_IMAGE } from '../../lib/composition/plan/registry-image.ts';
import type { CompositionJson } from '../../lib/composition/shown-composition.ts';
import type { TaskSpec } from '../../lib/element/task-spec.ts';
import { api } from '../api.ts';
import { quoted } from '../new-run/words.ts';
import { shortOf } from '../route.ts';

type Members = CompositionJson['members'];

export const rootOf = (members: Members) => members.find(({ mount }) => mount?.path === '/');

/** The command of a task, of which its image says what it leaves out. */
export const commandOf = (spec: TaskSpec | undefined, members: Members): string | undefined => {
  const image = rootOf(members)?.image?.spec?.process;
  const { entrypoint, args } = spec?.process ?? {};
  const words = [
    ...(entrypoint ?? image?.entrypoint ?? []),
    ...(args ?? (entrypoint === undefined ? image?.args : undefined) ?? []),
  ];
  return words.length === 0 ? undefined : words.map(quoted).join(' ');
};

const known = new Map<string, Promise<Members>>();

const membersOf = (executorId: string): Promise<Members> => {
  const reading =
    known.get(executorId) ??
    api.elements
      .read(executorId, { fields: ['composition'] })
      .then(({ composition }) => composition?.members ?? []);
  known.set(executorId, reading);
  return reading;
};

/** What people leave out. */
const OF_DOCKER_HUB = /^docker\.io\/(library\/)?/;

const references = new Map<string, Promise<string>>();

/** What an image is called where people type it: by the registry that keeps it, where one does. */
export const calledImage = (id: string): Promise<string> => {
  const reading =
    references.get(id) ??
    api.elements
      .read(id, { fields: ['ro'] })
      .then(({ metadata }) =>
        String(metadata?.ro?.[REGISTRY_IMAGE] ?? shortOf(id)).replace(OF_DOCKER_HUB, ''),
      )
      .catch(() => shortOf(id));
  references.set(id, reading);
  return reading;
};

/** Of which image a run is, and its command: what the list of runs does not tell. Nothing where that cannot be read. */
export const whatRuns = async ({ executorId, id }: { executorId: string; id: string }): Promise<string> => {
  try {
    const members = await membersOf(executorId);
    const root = rootOf(members);
    const task = members.find((member) => member.id === id)?.task;
    const command = commandOf(task?.spec as TaskSpec | undefined, members);
    return [root && (await calledImage(root.id)), command].filter(Boolean).join(' · ');
  } catch {
    known.delete(executorId);
    return '';
  }
};
