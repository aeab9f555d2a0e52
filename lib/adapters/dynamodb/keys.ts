import { createHash } from 'node:crypto';
import type { RowKey } from './engine/expression.ts';

/** Partitions of the edge rows of one element, each of which its delete reads. */
const EDGE_SHARDS = 8;
/** Partitions of the due rows of the whole table, each of which the sweeper reads once a minute. */
const DUE_SHARDS = 32;
/** As many as the version before reads: locations that close are few, and go after a rollback too. */
const LOCATION_DUE_SHARDS = 8;

/** Partitions of each list of a location, in its index; a page reads all of them. */
export const LIST_SHARDS = 16;

/** Rows over which what is left of a location's capacity is spread, so that creates of many elements share none. */
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
/** The last launch of an executor on an engine that nobody watches, beside its element (ADR 51). */
export const launchKey = (executorId: string): RowKey => ({ pk: elementPartition(executorId), sk: 'launch' });
/** Which executor's launch has a token. */
export const launchTokenKey = (token: string): RowKey => ({ pk: `launch#${token}`, sk: 'launch' });
const LAUNCH_SHARDS = 16;
/** Executors whose launch is not over. */
export const openLaunchPartitions = (): string[] =>
  numbers(LAUNCH_SHARDS).map((shard) => `launches#${shard}`);
export const openLaunchKey = (executorId: string): RowKey => ({
  pk: `launches#${shardOf(executorId, LAUNCH_SHARDS)}`,
  sk: executorId,
});
/** Which executor has a volume attached for writing, beside the volume. */
export const attachmentKey = (volumeId: string): RowKey => ({
  pk: elementPartition(volumeId),
  sk: 'attachment',
});
/** What was reported on a task while a composition lasts. */
export const reportsPartition = (composition: string, taskId: string): string =>
  `reports#${composition}#${taskId}`;

/** Partitions of the list of the runs in one location, each of which a page reads. */
const RUN_SHARDS = 24;
export const runPartitions = (location: string): string[] =>
  numbers(RUN_SHARDS).map((shard) => `runs#${location}#${shard}`);
/** One run; a place begins with a time, and ends with what tells it from others. */
export const runKey = (location: string, place: string): RowKey => ({
  pk: `runs#${location}#${shardOf(place.slice(place.indexOf('#')), RUN_SHARDS)}`,
  sk: place,
});

/** What the tasks of a composition wrote, as far as the service keeps it. */
export const outputPartition = (composition: string): string => `output#${composition}`;

/** The partitions of those who refer to an element. */
export const edgePartitions = (id: string): string[] =>
  numbers(EDGE_SHARDS).map((shard) => `edges#${id}#${shard}`);
/** One reference of one referrer; `#` is in no ID, so that rows stand in order of their IDs. */
export const edgeKey = (id: string, referrer: string, reference: string): RowKey => ({
  pk: `edges#${id}#${shardOf(referrer, EDGE_SHARDS)}`,
  sk: `${referrer}#${reference}`,
});
/** A sort key behind all of a referrer's edges and before the next referrer's: `$` follows `#`. */
export const behindEdges = (referrer: string): string => `${referrer}$`;

/** The partition of a list that an element of this name is in; the lists of a location of before have no shards. */
export const listPartition = (list: string, name: string, shards: number | undefined): string =>
  shards === undefined ? list : `${list}#${shardOf(name, shards)}`;
/** All partitions of a list. */
export const listPartitions = (list: string, shards: number | undefined): string[] =>
  shards === undefined ? [list] : numbers(shards).map((shard) => `${list}#${shard}`);

/** A tag, by its ID: that of an element that is not there. */
export const tagKey = (id: string): RowKey => ({ pk: `tag#${id}`, sk: TAG_ROW });
/** The index partitions of a location's tags, and the one that a repository's are in. */
export const tagPartitions = (location: string): string[] =>
  listPartitions(`tags://${location}`, LIST_SHARDS);
export const tagPartition = (location: string, repository: string): string =>
  listPartition(`tags://${location}`, repository, LIST_SHARDS);

/** The head of the log of events from before it had shards, which says whether it has; in the table of the log. */
export const LOG_ROOT: RowKey = { pk: 'log', sk: 'head' };

export const LOCATIONS_PARTITION = 'locations';
export const locationKey = (name: string): RowKey => ({ pk: LOCATIONS_PARTITION, sk: name });
/** Who runs the tasks of a location: in one of its lives, and what is told of it. */
const runnerPartition = (name: string): string => `runner#${name}`;
export const leaseKey = ({ name, createdAt }: { name: string; createdAt: string }): RowKey => ({
  pk: runnerPartition(name),
  sk: createdAt,
});
export const RUNNER_ROW = 'runner';
export const runnerKey = (name: string): RowKey => ({ pk: runnerPartition(name), sk: RUNNER_ROW });

export const SESSION_ROW = 'session';
export const sessionKey = (session: string): RowKey => ({ pk: `session#${session}`, sk: SESSION_ROW });

/** The lives of a location's name that are over, by when each began. */
export const pastPartition = (name: string): string => `past#${name}`;
/**
 * One share of what is left of a location's capacity. The first is there from the beginning, and all that versions before know. The others come when they
 * are needed, and belong to one life of the location: one that is created anew under its name inherits nothing.
 */
export const spaceKey = ({ name, createdAt }: { name: string; createdAt: string }, share = 0): RowKey =>
  share === 0 ? { pk: `space#${name}`, sk: 'space' } : { pk: `space#${name}#${share}`, sk: createdAt };
export const spaceKeys = (location: { name: string; createdAt: string }): RowKey[] =>
  numbers(SPACE_SHARES).map((share) => spaceKey(location, share));
/** The share that the space of an element is taken from and given back to. */
export const spaceShareOf = (id: string): number => shardOf(id, SPACE_SHARES);

export const idempotencyKey = (principal: string, key: string): RowKey => ({
  pk: `idempotency#${createHash('sha256').update(principal).digest('hex')}#${key}`,
  sk: 'idempotency',
});

/** How often a principal called within a minute. */
export const callsKey = (principal: string, from: number): RowKey => ({
  pk: `calls#${createHash('sha256').update(principal).digest('hex')}`,
  sk: new Date(from).toISOString(),
});

/** What of a location's elements has a digest: the rows are in order of the elements' IDs. */
export const digestPartition = (location: string, digest: string): string => `digest#${location}#${digest}`;
/** That of one element; the location is all of its ID before the name. */
export const digestKey = (id: string, digest: string): RowKey => ({
  pk: digestPartition(id.slice(0, id.lastIndexOf('/')), digest),
  sk: id,
});

/** What refers to a subject by its digest, which need not be there, in a repository (`image://<location>/<name>`). */
export const referrersPartition = (repository: string, subject: string): string =>
  `referrers#${repository}#${subject}`;

export const blobKey = (blob: string): RowKey => ({ pk: `blob#${blob}`, sk: 'blob' });

export const duePartitions = (): string[] => numbers(DUE_SHARDS).map((shard) => `due#${shard}`);
/** What puts a row among those that the sweeper finds once `dueAt` has come. */
export const due = (key: RowKey, dueAt: string) => ({
  dueKey: `due#${shardOf(key.pk + key.sk, key.pk === LOCATIONS_PARTITION ? LOCATION_DUE_SHARDS : DUE_SHARDS)}`,
  dueAt,
});
