import type { ListedRun } from '../../lib/composition/listed-run.ts';
import { REGISTRY_IMAGE } from '../../lib/composition/plan/registry-image.ts';
import { inShell } from '../../lib/composition/session/engine-sessions.ts';
import type { CompositionJson } from '../../lib/composition/shown-composition.ts';
import type { TaskSpec } from '../../lib/element/task-spec.ts';
import { api } from '../api.ts';
import { shortOf } from '../route.ts';

export type Members = CompositionJson['members'];

export const rootOf = (members: Members) => members.find(({ mount }) => mount?.path === '/');

/** The command of a task; its image supplies the parts that the task leaves out. */
export const commandOf = (spec: TaskSpec | undefined, members: Members): string | undefined => {
  const image = rootOf(members)?.image?.spec?.process;
  const { entrypoint, args } = spec?.process ?? {};
  const words = [
    ...(entrypoint ?? image?.entrypoint ?? []),
    ...(args ?? (entrypoint === undefined ? image?.args : undefined) ?? []),
  ];
  return words.length === 0 ? undefined : inShell(words);
};

/** Caches a read, unless it fails. */
const once = <T>(known: Map<string, Promise<T>>, key: string, read: () => Promise<T>): Promise<T> => {
  const before = known.get(key);
  if (before) return before;
  const reading = read();
  known.set(key, reading);
  reading.catch(() => known.delete(key));
  return reading;
};

const compositions = new Map<string, Promise<Members>>();

/** The members with which a run was bound. */
export const membersOf = ({ executorId, boundAt }: Pick<ListedRun, 'executorId' | 'boundAt'>) =>
  once(compositions, `${executorId} ${boundAt}`, async () => {
    const { composition } = await api.elements.read(executorId, { fields: ['composition'] });
    return composition?.members ?? [];
  });

/** The prefix that people leave out. */
const OF_DOCKER_HUB = /^docker\.io\/(library\/)?/;

const references = new Map<string, Promise<string | undefined>>();

/** The image of a registry to which an image refers; undefined if it refers to none, or cannot be read. */
export const registryImageOf = (id: string): Promise<string | undefined> =>
  once(references, id, async () => {
    const { metadata } = await api.elements.read(id, { fields: ['ro'] });
    return metadata?.ro?.[REGISTRY_IMAGE] as string | undefined;
  }).catch(() => undefined);

/** An image as a run asks for it: its reference in the registry that keeps it, if there is one. */
export const referenceOf = async (id: string): Promise<string> =>
  String((await registryImageOf(id)) ?? shortOf(id));

const tags = new Map<string, Promise<string | undefined>>();

/** A tag of an image that a push named by its digest. */
const tagOf = (id: string): Promise<string | undefined> =>
  once(tags, id, async () => {
    const { value } = await api.elements.references(id).pages().next();
    return value?.items.find(({ kind }) => kind === 'tag')?.id;
  }).catch(() => undefined);

/** The name of an image as people type it: its tag, or its reference in a registry. */
export const calledImage = async (id: string): Promise<string> => {
  const tag = id.includes('@') ? await tagOf(id) : undefined;
  return tag === undefined ? (await referenceOf(id)).replace(OF_DOCKER_HUB, '') : shortOf(tag);
};

/** The image and the command of a run, which the list of runs does not contain. */
export const whatOf = async (members: Members, id: string): Promise<string> => {
  const root = rootOf(members);
  const task = members.find((member) => member.id === id)?.task;
  const command = commandOf(task?.spec as TaskSpec | undefined, members);
  return [root && (await calledImage(root.id)), command].filter(Boolean).join(' · ');
};
