import { taskSpecDefaults } from '../../element/task-spec/defaults.ts';
import type { TaskSpec } from '../../element/task-spec.ts';
import { isObject } from '../../is-object.ts';

/** Whose a field is: an image's by its ID; what is the engine's, nobody said of an image that a registry keeps. */
export type Origin = 'task' | 'override' | 'executor' | 'default' | 'engine' | (string & {});

/** Lists whose items are named, and maps, are told item by item. */
const BY_NAME = ['process.env', 'annotations'];

const namesOf = (value: unknown): string[] =>
  Array.isArray(value)
    ? value.map((item: unknown) => String(isObject(item) ? item.name : item))
    : Object.keys(value as object);

/** Every field of which a specification says something, by its path: `process.cwd`, `process.env["PATH"]`. */
export const fieldsSaid = (spec: unknown, at = ''): string[] =>
  Object.entries(isObject(spec) ? spec : {}).flatMap(([key, value]) => {
    const path = at === '' ? key : `${at}.${key}`;
    if (value === null || value === undefined) return [];
    if (BY_NAME.includes(path)) return namesOf(value).map((name) => `${path}[${JSON.stringify(name)}]`);
    return isObject(value) ? fieldsSaid(value, path) : [path];
  });

/** What an engine has of a registry's image where nobody says it. */
const ofRegistryImage = [
  'process.entrypoint',
  'process.args',
  'process.cwd',
  'process.user.uid',
  'process.user.gid',
];

const isOf = (path: string, field: string): boolean => path === field || path.startsWith(`${field}.`);

export interface Sources {
  /** As the task was joined, and those fields of it that the overrides say. */
  readonly joined: TaskSpec;
  readonly overridden: readonly string[];
  /** What it runs by. */
  readonly effective: TaskSpec;
  readonly imageId: string | undefined;
  readonly resources: TaskSpec['resources'];
  readonly isOfRegistry: boolean;
}

/** Whose each field is that a task runs by, defaults included. */
export const originsOf = ({ joined, overridden, effective, imageId, resources, isOfRegistry }: Sources) => {
  const own = new Set(fieldsSaid(joined));
  const over = new Set(overridden);
  const origins = new Map<string, Origin>(
    fieldsSaid(effective).map((path) => [
      path,
      own.has(path) ? (over.has(path) ? 'override' : 'task') : (imageId ?? 'task'),
    ]),
  );
  const isSaid = (field: string): boolean => [...origins.keys()].some((path) => isOf(path, field));
  const add = (fields: readonly string[], origin: Origin): void => {
    for (const field of fields) if (!isSaid(field)) origins.set(field, origin);
  };
  add(fieldsSaid({ resources }), 'executor');
  const { process, healthCheck: check } = effective;
  // A name stands in for its number, and a command for the whole of it.
  if (isOfRegistry) {
    add(
      ofRegistryImage.filter((field) => !isStoodInFor(field, process)),
      'engine',
    );
  }
  const { healthCheck, ...defaults } = taskSpecDefaults;
  const all = fieldsSaid(check?.command?.length ? { ...defaults, healthCheck } : defaults);
  add(
    all.filter((field) => !isStoodInFor(field, process)),
    'default',
  );
  return Object.fromEntries(origins);
};

/** Whether something else that is said leaves no room for a field. */
const isStoodInFor = (
  field: string,
  { entrypoint, user }: NonNullable<TaskSpec['process']> = {},
): boolean => {
  switch (field) {
    case 'process.args':
      return entrypoint !== undefined;
    case 'process.user.uid':
      return user?.username !== undefined;
    case 'process.user.gid':
      return user?.groupname !== undefined || user?.username !== undefined;
    default:
      return false;
  }
};
