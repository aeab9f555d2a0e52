import { InputError } from '../lib/input-error.ts';

const ID = /^([a-z]+):\/\/([^/]+)\/([^/]+)$/;

const partsOf = (id: string): string => {
  const [, ...parts] = ID.exec(id) ?? [];
  if (parts.length === 0) throw new InputError(`${JSON.stringify(id)} is no ID: <kind>://<location>/<name>`);
  return parts.map((part) => encodeURIComponent(part as string)).join('/');
};

/** The path of an element, below `/v1`. Throws `InputError` for an invalid ID. */
export const elementPath = (id: string): string => `/elements/${partsOf(id)}`;

const TAG = /^image:\/\/([^/]+)\/([^/:]+):([^/:]+)$/;

/** The path of a tag. Throws `InputError` for an invalid ID. */
export const tagPath = (tag: string): string => {
  const [, ...parts] = TAG.exec(tag) ?? [];
  if (parts.length === 0) {
    throw new InputError(`${JSON.stringify(tag)} is no tag: image://<location>/<repository>:<name>`);
  }
  return `/tags/${parts.map(encodeURIComponent).join('/')}`;
};

const below = (id: string, kind: string, other: string): string => {
  const parts = partsOf(other);
  if (!parts.startsWith(`${kind}/`)) throw new InputError(`${other} is no ${kind}`);
  return `${elementPath(id)}/${kind}s/${parts.slice(kind.length + 1)}`;
};

const INLINE_TASK = /^executor:\/\/([^/]+)\/([^/]+)\/tasks\/([^/]+)$/;

/** The path of a task under another element: storage that it is associated with, or the executor on which it runs. */
export const taskPath = (id: string, taskId: string): string => {
  const [, location = '', executor, name] = INLINE_TASK.exec(taskId) ?? [];
  // The path of an inline task is below its executor.
  if (name !== undefined && id === `executor://${location}/${executor}`)
    return `${elementPath(id)}/tasks/${[location, name].map(encodeURIComponent).join('/')}`;
  return below(id, 'task', taskId);
};

/** The path of a volume that an executor writes to. */
export const volumePath = (executorId: string, volumeId: string): string =>
  below(executorId, 'volume', volumeId);
