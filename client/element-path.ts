const ID = /^([a-z]+):\/\/([^/]+)\/([^/]+)$/;

const partsOf = (id: string): string => {
  const [, ...parts] = ID.exec(id) ?? [];
  if (parts.length === 0) throw new TypeError(`${JSON.stringify(id)} is no ID: <kind>://<location>/<name>`);
  return parts.map((part) => encodeURIComponent(part as string)).join('/');
};

/** Where an element is found, below `/v1`. Throws `TypeError` for what is no ID. */
export const elementPath = (id: string): string => `/elements/${partsOf(id)}`;

const TAG = /^image:\/\/([^/]+)\/([^/:]+):([^/:]+)$/;

/** Where a tag is found. Throws `TypeError` for what is no ID of one. */
export const tagPath = (tag: string): string => {
  const [, ...parts] = TAG.exec(tag) ?? [];
  if (parts.length === 0) {
    throw new TypeError(`${JSON.stringify(tag)} is no tag: image://<location>/<repository>:<name>`);
  }
  return `/tags/${parts.map(encodeURIComponent).join('/')}`;
};

const below = (id: string, kind: string, other: string): string => {
  const parts = partsOf(other);
  if (!parts.startsWith(`${kind}/`)) throw new TypeError(`${other} is no ${kind}`);
  return `${elementPath(id)}/${kind}s/${parts.slice(kind.length + 1)}`;
};

const INLINE_TASK = /^executor:\/\/([^/]+)\/([^/]+)\/tasks\/([^/]+)$/;

/** Where a task of another element is found: one that is associated with storage, or runs on an executor. */
export const taskPath = (id: string, taskId: string): string => {
  const [, location = '', executor, name] = INLINE_TASK.exec(taskId) ?? [];
  // An inline task is found at the location of its executor.
  if (name !== undefined && id === `executor://${location}/${executor}`)
    return `${elementPath(id)}/tasks/${[location, name].map(encodeURIComponent).join('/')}`;
  return below(id, 'task', taskId);
};

/** Where a volume is found that an executor writes to. */
export const volumePath = (executorId: string, volumeId: string): string =>
  below(executorId, 'volume', volumeId);
