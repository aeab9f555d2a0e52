import { createHash } from 'node:crypto';
import { defined } from '../../lib/defined.ts';
import type { Attempt } from '../../lib/execution/attempt.ts';

/** The service and location that own everything which a runner creates on an engine; a runner never touches what belongs to others. */
export interface Scope {
  /** The URL of the API. */
  readonly service: URL;
  /** The location whose executors the runner runs. */
  readonly location: string;
  /** When the service created the location: another service at the same URL has another location of this name. */
  locationCreatedAt?: string;
}

/** The names of labels, by which the runner finds everything on an engine. */
export const labelNames = {
  service: 'dev.taskport.service',
  location: 'dev.taskport.location',
  locationCreatedAt: 'dev.taskport.location-created',
  kind: 'dev.taskport.kind',
  executor: 'dev.taskport.executor',
  task: 'dev.taskport.task',
  attempt: 'dev.taskport.attempt',
  since: 'dev.taskport.since',
  storage: 'dev.taskport.storage',
  instance: 'dev.taskport.instance',
  /** On a volume that an executor writes to: its attachment. */
  attachment: 'dev.taskport.attachment',
  /** On such a volume: the checksums of the volume's ancestors, as JSON by their IDs. */
  parents: 'dev.taskport.parents',
  /** On a record: the checksum of the data that the engine's volume has, and the mark that tells whether it still has it. */
  data: 'dev.taskport.data',
  state: 'dev.taskport.state',
  /** On a task: the container that holds its namespaces. */
  group: 'dev.taskport.group',
  /** On a task: JSON for a runner that takes the task over. */
  orders: 'dev.taskport.orders',
} as const;

/**
 * Kinds of things on an engine: an executor's namespaces, a task, a container that fills storage, storage, a volume that tasks only read, or
 * a task's secrets in memory; and records about a volume that an executor writes to: its owner, its data, and that it is kept aside.
 */
type MadeKind =
  | 'group'
  | 'task'
  | 'fill'
  | 'volume'
  | 'cache'
  | 'secrets'
  | 'image'
  | 'attachment'
  | 'record'
  | 'kept';

/** The labels of a thing, besides its owner. */
export interface Made extends Partial<Omit<Attempt, 'executorId'>> {
  readonly kind: MadeKind;
  readonly executorId?: string;
  /** When the composition was created. */
  readonly since?: string;
  readonly storageId?: string;
  /** On a record about a volume of the engine: the name of that volume. */
  readonly instance?: string;
  readonly attachment?: string;
  readonly parents?: string;
  readonly data?: string;
  readonly state?: string;
}

const LOOPBACK = ['localhost', '[::1]'];

/** The name of a service in labels. All loopback names count as one, so a runner finds the containers that it started under another. */
export const namedService = (url: URL): string => {
  const named = new URL(url);
  if (LOOPBACK.includes(named.hostname)) named.hostname = '127.0.0.1';
  return named.href.replace(/\/+$/, '');
};

/** Whether services at the same URL share it: each can fill it again. */
const isShared = ({ kind, executorId }: Partial<Made>): boolean =>
  kind === 'cache' || kind === 'fill' || (kind === 'image' && executorId === undefined);

/** The labels of a new thing. */
export const labelsOf = (scope: Scope, made: Partial<Made>): Record<string, string> => ({
  ...searchedOf(scope, made),
  ...defined({ [labelNames.locationCreatedAt]: isShared(made) ? undefined : scope.locationCreatedAt }),
});

/** The labels that an engine searches for. */
const searchedOf = (
  { service, location }: Scope,
  {
    kind,
    executorId,
    taskId,
    attempt,
    since,
    storageId,
    instance,
    attachment,
    parents,
    data,
    state,
  }: Partial<Made>,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(
      defined({
        [labelNames.service]: namedService(service),
        [labelNames.location]: location,
        [labelNames.kind]: kind,
        [labelNames.executor]: executorId,
        [labelNames.task]: taskId,
        [labelNames.attempt]: attempt?.toString(),
        [labelNames.since]: since,
        [labelNames.storage]: storageId,
        [labelNames.instance]: instance,
        [labelNames.attachment]: attachment,
        [labelNames.parents]: parents,
        [labelNames.data]: data,
        [labelNames.state]: state,
      }),
    ).filter((label): label is [string, string] => label[1] !== undefined),
  );

/** The `filters` with which an engine lists only these things. */
export const filtersOf = (scope: Scope, made: Partial<Made> = {}): { readonly label: string[] } => ({
  label: Object.entries(searchedOf(scope, made)).map(([name, value]) => `${name}=${value}`),
});

/** Whether a thing belongs to another service at the same URL. A thing that an earlier version of the runner made does not tell. */
export const isOfAnother = (
  labels: Readonly<Record<string, string>> | null | undefined,
  { locationCreatedAt }: Scope,
): boolean => {
  const found = labels?.[labelNames.locationCreatedAt];
  return found !== undefined && locationCreatedAt !== undefined && found !== locationCreatedAt;
};

/** Whether a thing has these labels: Podman lists volumes that have any one of them, and another service may have the same URL. */
export const isLabelled = (
  labels: Readonly<Record<string, string>> | null,
  scope: Scope,
  made: Partial<Made> = {},
): boolean =>
  Object.entries(searchedOf(scope, made)).every(([name, value]) => labels?.[name] === value) &&
  !isOfAnother(labels, scope);

/** The values of a thing's labels; undefined if it has none of a runner's. */
export const madeOf = (labels: Readonly<Record<string, string>> = {}): Made | undefined => {
  const kind = labels[labelNames.kind];
  if (kind === undefined) return undefined;
  const attempt = labels[labelNames.attempt];
  return defined({
    kind: kind as MadeKind,
    executorId: labels[labelNames.executor],
    taskId: labels[labelNames.task],
    attempt: attempt === undefined ? undefined : Number(attempt),
    since: labels[labelNames.since],
    storageId: labels[labelNames.storage],
    instance: labels[labelNames.instance],
    attachment: labels[labelNames.attachment],
    parents: labels[labelNames.parents],
    data: labels[labelNames.data],
    state: labels[labelNames.state],
  });
};

/**
 * The unique name of a thing on an engine, so that an engine refuses a second one (409). The other values of a volume are unique among
 * services; those of an attempt are not.
 */
export const nameOf = (scope: Scope, made: Made): string => {
  const labels = made.attempt === undefined ? searchedOf(scope, made) : labelsOf(scope, made);
  const told = JSON.stringify(Object.entries(labels));
  return `taskport-${made.kind}-${createHash('sha256').update(told).digest('hex').slice(0, 32)}`;
};
