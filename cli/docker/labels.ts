import { createHash } from 'node:crypto';
import { defined } from '../../lib/defined.ts';
import type { Attempt } from '../../lib/execution/attempt.ts';

/** Whose everything is that a runner makes on an engine: what another service or location made there is never touched. */
export interface Scope {
  /** Where the API is. */
  readonly service: URL;
  /** The location whose executors are run. */
  readonly location: string;
}

/** The names of labels. Everything on an engine is found by them. */
export const labelNames = {
  service: 'dev.taskport.service',
  location: 'dev.taskport.location',
  kind: 'dev.taskport.kind',
  executor: 'dev.taskport.executor',
  task: 'dev.taskport.task',
  attempt: 'dev.taskport.attempt',
  since: 'dev.taskport.since',
  storage: 'dev.taskport.storage',
  instance: 'dev.taskport.instance',
  /** Of a volume that an executor writes to: the attachment that it was made for. */
  attachment: 'dev.taskport.attachment',
  /** Of such a volume: the checksums of what the volume descends from, as JSON by the IDs. */
  parents: 'dev.taskport.parents',
  /** Of a record: the checksum of the data that a volume of the engine is, and by what it is known to be still. */
  data: 'dev.taskport.data',
  state: 'dev.taskport.state',
  /** Of a task: the container that holds its namespaces. */
  group: 'dev.taskport.group',
  /** Of a task: what a runner has to know that takes it up, as JSON. */
  orders: 'dev.taskport.orders',
} as const;

/**
 * What a thing on an engine is: an executor's namespaces, a task, what fills storage, or is it, a task's secrets in memory; and what is said of a
 * volume of the engine that an executor writes to: whose it is, which data it was, that it is kept aside.
 */
type MadeKind = 'group' | 'task' | 'fill' | 'volume' | 'secrets' | 'image' | 'attachment' | 'record' | 'kept';

/** What a label says of a thing, besides whose it is. */
export interface Made extends Partial<Omit<Attempt, 'executorId'>> {
  readonly kind: MadeKind;
  readonly executorId?: string;
  /** When the composition was created. */
  readonly since?: string;
  readonly storageId?: string;
  /** Of what is said of a volume of the engine: its name. */
  readonly instance?: string;
  readonly attachment?: string;
  readonly parents?: string;
  readonly data?: string;
  readonly state?: string;
}

/** The labels of a thing; of one that is looked for, those that it has at least. */
export const labelsOf = (
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
        [labelNames.service]: service.href.replace(/\/+$/, ''),
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

/** The `filters` by which an engine lists those things alone. */
export const filtersOf = (scope: Scope, made: Partial<Made> = {}): { readonly label: string[] } => ({
  label: Object.entries(labelsOf(scope, made)).map(([name, value]) => `${name}=${value}`),
});

/** Whether a thing has those labels: Podman lists volumes that have one of several. */
export const isLabelled = (
  labels: Readonly<Record<string, string>> | null,
  scope: Scope,
  made: Partial<Made> = {},
): boolean => Object.entries(labelsOf(scope, made)).every(([name, value]) => labels?.[name] === value);

/** What the labels of a thing say; undefined where it has none of a runner's. */
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

/** The name of a thing on an engine: no two have the same, so that an engine refuses a second one (409). */
export const nameOf = (scope: Scope, made: Made): string => {
  const told = JSON.stringify(Object.entries(labelsOf(scope, made)));
  return `taskport-${made.kind}-${createHash('sha256').update(told).digest('hex').slice(0, 32)}`;
};
