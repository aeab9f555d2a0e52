import { createHash } from 'node:crypto';
import type { RowKey } from './engine/expression.ts';

/** Partitions of the edge rows of one element, each of which its delete reads. */
const EDGE_SHARDS = 8;
/** Partitions of the due rows of the whole table, each of which the sweeper reads once a minute. */
const DUE_SHARDS = 32;
/**
 * Partitions into which due rows of locations go: the former version reads only these. Few locations close at one time, and a rollback must still close
 * them.
 */
const LOCATION_DUE_SHARDS = 8;

/** Partitions of each list of a location, in its index; a page reads all of them. */
export const LIST_SHARDS = 16;

/**
 * The number of rows that share the rest of a location's capacity, so that parallel creates do not write the
 * same row.
 */
const SPACE_SHARES = 32;

const numbers = (count: number): number[] => Array.from({ length: count }, (_, number) => number);

/** The same text is always in the same shard. */
const shardOf = (text: string, shards: number): number =>
  (createHash('sha256').update(text).digest()[0] as number) % shards;

export const ELEMENT_ROW = 'element';
export const TAG_ROW = 'tag';
const GUARD_ROW = 'guard';
export const COMPOSITION_ROW = 'composition';

/** The partition of an element and of the guard beside it. */
export const elementPartition = (id: string): string => `element#${id}`;
export const elementKey = (id: string): RowKey => ({ pk: elementPartition(id), sk: ELEMENT_ROW });
export const guardKey = (id: string): RowKey => ({ pk: elementPartition(id), sk: GUARD_ROW });
/** The composition of an executor, beside its element. */
export const compositionKey = (executorId: string): RowKey => ({
  pk: elementPartition(executorId),
  sk: COMPOSITION_ROW,
});
/** The key of the last launch of an executor on an engine of the deployment, beside its element (ADR 51). */
export const launchKey = (executorId: string): RowKey => ({ pk: elementPartition(executorId), sk: 'launch' });
/** The key of the row that names the executor of a launch token. */
export const launchTokenKey = (token: string): RowKey => ({ pk: `launch#${token}`, sk: 'launch' });
const LAUNCH_SHARDS = 16;
/** Executors whose launch is not over. */
export const openLaunchPartitions = (): string[] =>
  numbers(LAUNCH_SHARDS).map((shard) => `launches#${shard}`);
export const openLaunchKey = (executorId: string): RowKey => ({
  pk: `launches#${shardOf(executorId, LAUNCH_SHARDS)}`,
  sk: executorId,
});
/** The key of the row that names the executor which has a volume attached for writing; it is beside the volume. */
export const attachmentKey = (volumeId: string): RowKey => ({
  pk: elementPartition(volumeId),
  sk: 'attachment',
});
/** The partition of the reports on a task within one composition. */
export const reportsPartition = (composition: string, taskId: string): string =>
  `reports#${composition}#${taskId}`;

/** Partitions of the list of the runs in one location, each of which a page reads. */
const RUN_SHARDS = 24;
export const runPartitions = (location: string): string[] =>
  numbers(RUN_SHARDS).map((shard) => `runs#${location}#${shard}`);
/** The key of one run. Its place begins with a time, and ends with text that tells it from other runs. */
export const runKey = (location: string, place: string): RowKey => ({
  pk: `runs#${location}#${shardOf(place.slice(place.indexOf('#')), RUN_SHARDS)}`,
  sk: place,
});

/** The partition of the output of a composition's tasks that the service keeps. */
export const outputPartition = (composition: string): string => `output#${composition}`;

/** The partitions of those who refer to an element. */
export const edgePartitions = (id: string): string[] =>
  numbers(EDGE_SHARDS).map((shard) => `edges#${id}#${shard}`);
/** The key of one reference by one referrer. No ID contains `#`, so rows are in the order of IDs. */
export const edgeKey = (id: string, referrer: string, reference: string): RowKey => ({
  pk: `edges#${id}#${shardOf(referrer, EDGE_SHARDS)}`,
  sk: `${referrer}#${reference}`,
});
/** A sort key after all of a referrer's edges and before the next referrer's: `$` follows `#`. */
export const behindEdges = (referrer: string): string => `${referrer}$`;

/**
 * The partition of a list that contains the element of this name. Lists of locations from earlier versions have
 * no shards.
 */
export const listPartition = (list: string, name: string, shards: number | undefined): string =>
  shards === undefined ? list : `${list}#${shardOf(name, shards)}`;
/** All partitions of a list. */
export const listPartitions = (list: string, shards: number | undefined): string[] =>
  shards === undefined ? [list] : numbers(shards).map((shard) => `${list}#${shard}`);

/** The key of a tag. No element has the same ID. */
export const tagKey = (id: string): RowKey => ({ pk: `tag#${id}`, sk: TAG_ROW });
/** The index partitions of a location's tags, and the partition of one repository's tags. */
export const tagPartitions = (location: string): string[] =>
  listPartitions(`tags://${location}`, LIST_SHARDS);
export const tagPartition = (location: string, repository: string): string =>
  listPartition(`tags://${location}`, repository, LIST_SHARDS);

/**
 * The head of the log of events from before it had shards, in the table of the log. It says whether the log has
 * shards now.
 */
export const LOG_ROOT: RowKey = { pk: 'log', sk: 'head' };

export const LOCATIONS_PARTITION = 'locations';
export const locationKey = (name: string): RowKey => ({ pk: LOCATIONS_PARTITION, sk: name });
/** The partition of a location's runner: of one life of the location, or of the changes that events describe. */
const runnerPartition = (name: string): string => `runner#${name}`;
export const leaseKey = ({ name, createdAt }: { name: string; createdAt: string }): RowKey => ({
  pk: runnerPartition(name),
  sk: createdAt,
});
export const RUNNER_ROW = 'runner';
export const runnerKey = (name: string): RowKey => ({ pk: runnerPartition(name), sk: RUNNER_ROW });

export const SESSION_ROW = 'session';
export const sessionKey = (session: string): RowKey => ({ pk: `session#${session}`, sk: SESSION_ROW });

/** The partition of the earlier lives of a location's name, in the order of their beginning. */
export const pastPartition = (name: string): string => `past#${name}`;
/**
 * The key of one share of the rest of a location's capacity. The first share exists from the beginning, and
 * earlier versions know no other. Operations create the other shares when they need them. Each belongs to one
 * life of the location, so a new location of the same name does not inherit it.
 */
export const spaceKey = ({ name, createdAt }: { name: string; createdAt: string }, share = 0): RowKey =>
  share === 0 ? { pk: `space#${name}`, sk: 'space' } : { pk: `space#${name}#${share}`, sk: createdAt };
export const spaceKeys = (location: { name: string; createdAt: string }): RowKey[] =>
  numbers(SPACE_SHARES).map((share) => spaceKey(location, share));
/** The share from which an element takes its space, and to which it gives it back. */
export const spaceShareOf = (id: string): number => shardOf(id, SPACE_SHARES);

export const idempotencyKey = (principal: string, key: string): RowKey => ({
  pk: `idempotency#${createHash('sha256').update(principal).digest('hex')}#${key}`,
  sk: 'idempotency',
});

/** The key of the counter of a principal's calls within one minute. */
export const callsKey = (principal: string, from: number): RowKey => ({
  pk: `calls#${createHash('sha256').update(principal).digest('hex')}`,
  sk: new Date(from).toISOString(),
});

/** The partition of contents with one digest in a location; rows are in the order of the elements' IDs. */
export const digestPartition = (location: string, digest: string): string => `digest#${location}#${digest}`;
/** The key of one element's content. The location is the part of its ID before the name. */
export const digestKey = (id: string, digest: string): RowKey => ({
  pk: digestPartition(id.slice(0, id.lastIndexOf('/')), digest),
  sk: id,
});

/**
 * The partition of contents that refer to a subject by its digest, in a repository
 * (`image://<location>/<name>`). The subject need not exist.
 */
export const referrersPartition = (repository: string, subject: string): string =>
  `referrers#${repository}#${subject}`;

export const blobKey = (blob: string): RowKey => ({ pk: `blob#${blob}`, sk: 'blob' });

export const duePartitions = (): string[] => numbers(DUE_SHARDS).map((shard) => `due#${shard}`);
/** The attributes by which the sweeper finds a row after `dueAt`. */
export const due = (key: RowKey, dueAt: string) => ({
  dueKey: `due#${shardOf(key.pk + key.sk, key.pk === LOCATIONS_PARTITION ? LOCATION_DUE_SHARDS : DUE_SHARDS)}`,
  dueAt,
});
