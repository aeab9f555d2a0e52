import { taskSpecDefaults } from '../../element/task-spec/defaults.ts';
import type { TaskSpec } from '../../element/task-spec.ts';
import { isObject } from '../../is-object.ts';

/**
 * The origin of a field; for a field of an image, the ID of that image. `engine` means that only the engine
 * decides it, for an image in a registry.
 */
export type Origin = 'task' | 'override' | 'executor' | 'default' | 'engine' | (string & {});

/** Lists of named items, and maps, have an origin for each item. */
const BY_NAME = ['process.env', 'annotations'];

const namesOf = (value: unknown): string[] =>
  Array.isArray(value)
    ? value.map((item: unknown) => String(isObject(item) ? item.name : item))
    : Object.keys(value as object);

/** The paths of all fields that a specification sets, such as `process.cwd`, `process.env["PATH"]`. */
export const fieldsSaid = (spec: unknown, at = ''): string[] =>
  Object.entries(isObject(spec) ? spec : {}).flatMap(([key, value]) => {
    const path = at === '' ? key : `${at}.${key}`;
    if (value === null || value === undefined) return [];
    if (BY_NAME.includes(path)) return namesOf(value).map((name) => `${path}[${JSON.stringify(name)}]`);
    return isObject(value) ? fieldsSaid(value, path) : [path];
  });

/** The fields that an engine takes from a registry's image if the task does not set them. */
const ofRegistryImage = [
  'process.entrypoint',
  'process.args',
  'process.cwd',
  'process.user.uid',
  'process.user.gid',
];

const isOf = (path: string, field: string): boolean => path === field || path.startsWith(`${field}.`);

export interface Sources {
  /** The specification of the task as it joined; `overridden` are the paths that the overrides set. */
  readonly joined: TaskSpec;
  readonly overridden: readonly string[];
  /** The specification by which it runs. */
  readonly effective: TaskSpec;
  readonly imageId: string | undefined;
  readonly resources: TaskSpec['resources'];
  readonly isOfRegistry: boolean;
}

/** The origin of each field by which a task runs, including defaults. */
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
  // A name replaces its number, and a command replaces the whole command.
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

/** Whether another field that is set replaces this one. */
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
