import type { FunctionWiring } from '../infra/function-wiring.ts';
import type { Usage } from './meter.ts';

/**
 * Calls and capacity that each operation may take, exactly. The design promises the round trips. Calls and capacity were counted: read units by
 * DynamoDB Local, write units by the size of the rows (`bench/scale/unit-recorder.ts`), because DynamoDB Local counts transactions differently
 * from AWS. For an empty query it counts nothing, where DynamoDB charges its minimum (half a unit, or one if consistent): on AWS a delete takes
 * 16 more read units, and a list page of a few elements 8 in all.
 */
export const usageBars = {
  read: { roundTrips: 1, calls: 1, readUnits: 1, writeUnits: 0 },
  'read, location not known yet': { roundTrips: 2, calls: 2, readUnits: 2, writeUnits: 0 },
  'update of a key': { roundTrips: 1, calls: 1, readUnits: 0, writeUnits: 6 },
  'update of an indexed key': { roundTrips: 1, calls: 1, readUnits: 0, writeUnits: 7 },
  'update of free space': { roundTrips: 2, calls: 2, readUnits: 1, writeUnits: 7 },
  create: { roundTrips: 1, calls: 1, readUnits: 0, writeUnits: 6 },
  'create, location not known yet': { roundTrips: 2, calls: 2, readUnits: 1, writeUnits: 6 },
  'create with an Idempotency-Key': { roundTrips: 1, calls: 1, readUnits: 0, writeUnits: 9 },
  'create with a parent': { roundTrips: 3, calls: 3, readUnits: 4, writeUnits: 11 },
  'create where capacity is counted': { roundTrips: 1, calls: 1, readUnits: 0, writeUnits: 9 },
  'create with data': { roundTrips: 3, calls: 3, readUnits: 0, writeUnits: 9 },
  'create of a layer': { roundTrips: 3, calls: 4, readUnits: 0, writeUnits: 18 },
  'create of an OCI image': { roundTrips: 6, calls: 6, readUnits: 5, writeUnits: 20 },
  'delete of an OCI image': { roundTrips: 4, calls: 19, readUnits: 17, writeUnits: 20 },
  'where the data is': { roundTrips: 1, calls: 1, readUnits: 1, writeUnits: 0 },
  'list page': { roundTrips: 1, calls: 16, readUnits: 8, writeUnits: 0 },
  'list page by indexed key': { roundTrips: 1, calls: 16, readUnits: 8, writeUnits: 0 },
  'list page by name prefix': { roundTrips: 1, calls: 16, readUnits: 8, writeUnits: 0 },
  'list page by parent': { roundTrips: 1, calls: 1, readUnits: 0.5, writeUnits: 0 },
  'list page by state': { roundTrips: 1, calls: 16, readUnits: 8, writeUnits: 0 },
  lineage: { roundTrips: 2, calls: 2, readUnits: 2, writeUnits: 0 },
  children: { roundTrips: 1, calls: 2, readUnits: 1.5, writeUnits: 0 },
  references: { roundTrips: 1, calls: 9, readUnits: 9, writeUnits: 0 },
  tag: { roundTrips: 3, calls: 3, readUnits: 6, writeUnits: 9 },
  'read by a tag': { roundTrips: 3, calls: 3, readUnits: 3, writeUnits: 0 },
  'read of a tag': { roundTrips: 1, calls: 1, readUnits: 1, writeUnits: 0 },
  'move of a tag': { roundTrips: 3, calls: 3, readUnits: 6, writeUnits: 11 },
  'list of the tags of a repository': { roundTrips: 1, calls: 1, readUnits: 0.5, writeUnits: 0 },
  'list of the tags of a location': { roundTrips: 1, calls: 16, readUnits: 8, writeUnits: 0 },
  'create of a name that tags may have': { roundTrips: 1, calls: 1, readUnits: 0, writeUnits: 9 },
  'delete with a tag': { roundTrips: 4, calls: 19, readUnits: 17, writeUnits: 16 },
  'refused delete': { roundTrips: 1, calls: 9, readUnits: 9, writeUnits: 0 },
  delete: { roundTrips: 4, calls: 19, readUnits: 17, writeUnits: 11 },
  'delete of a child': { roundTrips: 4, calls: 19, readUnits: 17, writeUnits: 13 },
  'open of a composition': { roundTrips: 2, calls: 3, readUnits: 2, writeUnits: 4 },
  'open of a composition that is there': { roundTrips: 1, calls: 2, readUnits: 2, writeUnits: 0 },
  'read of a composition': { roundTrips: 1, calls: 1, readUnits: 1, writeUnits: 0 },
  join: { roundTrips: 3, calls: 3, readUnits: 6, writeUnits: 6 },
  'join of a task': { roundTrips: 3, calls: 3, readUnits: 6, writeUnits: 6 },
  'join with an associated task': { roundTrips: 5, calls: 5, readUnits: 12, writeUnits: 12 },
  'join of a volume alone': { roundTrips: 4, calls: 19, readUnits: 22, writeUnits: 12 },
  'bind of everything': { roundTrips: 4, calls: 12, readUnits: 13, writeUnits: 14 },
  'bind of a volume of an image': { roundTrips: 5, calls: 13, readUnits: 14, writeUnits: 8 },
  interrupt: { roundTrips: 2, calls: 2, readUnits: 1, writeUnits: 4 },
  'write of output': { roundTrips: 3, calls: 3, readUnits: 2, writeUnits: 1 },
  'write of much output': { roundTrips: 3, calls: 3, readUnits: 2, writeUnits: 5 },
  'where output ends': { roundTrips: 3, calls: 3, readUnits: 2, writeUnits: 0 },
  'read of output': { roundTrips: 4, calls: 4, readUnits: 3, writeUnits: 0 },
  'last lines of output': { roundTrips: 4, calls: 4, readUnits: 3, writeUnits: 0 },
  'report on a task': { roundTrips: 2, calls: 2, readUnits: 1, writeUnits: 8 },
  plan: { roundTrips: 3, calls: 3, readUnits: 5, writeUnits: 0 },
  'read of an executor': { roundTrips: 1, calls: 2, readUnits: 2, writeUnits: 0 },
  'refused delete of an executor': { roundTrips: 1, calls: 10, readUnits: 10, writeUnits: 0 },
  'unbind of everything': { roundTrips: 3, calls: 3, readUnits: 2, writeUnits: 12 },
  'bind of a volume for writing': { roundTrips: 4, calls: 12, readUnits: 13, writeUnits: 10 },
  'claim of a volume': { roundTrips: 2, calls: 2, readUnits: 1, writeUnits: 2 },
  'unbind of a volume that was written': { roundTrips: 3, calls: 3, readUnits: 2, writeUnits: 6 },
  'begin of a save': { roundTrips: 3, calls: 3, readUnits: 2, writeUnits: 7 },
  'end of a save': { roundTrips: 4, calls: 4, readUnits: 2, writeUnits: 8 },
  'verification of a save': { roundTrips: 11, calls: 11, readUnits: 5, writeUnits: 19 },
  'leave of a volume alone': { roundTrips: 3, calls: 3, readUnits: 2, writeUnits: 12 },
  'leave with an associated task': { roundTrips: 2, calls: 2, readUnits: 1, writeUnits: 8 },
  leave: { roundTrips: 2, calls: 2, readUnits: 1, writeUnits: 6 },
  associate: { roundTrips: 3, calls: 3, readUnits: 6, writeUnits: 8 },
  dissociate: { roundTrips: 2, calls: 2, readUnits: 1, writeUnits: 6 },
  'composition of a run at once': { roundTrips: 3, calls: 3, readUnits: 8, writeUnits: 12 },
  'composition of a run at once, with a task that comes along': {
    roundTrips: 5,
    calls: 15,
    readUnits: 30,
    writeUnits: 30,
  },
  'composition of a run at once, with a volume alone': {
    roundTrips: 5,
    calls: 20,
    readUnits: 28,
    writeUnits: 22,
  },
  'page of runs': { roundTrips: 1, calls: 24, readUnits: 24, writeUnits: 0 },
  'composition of thirty members at once': { roundTrips: 4, calls: 486, readUnits: 604, writeUnits: 258 },
  'claim of a location by a runner': { roundTrips: 2, calls: 2, readUnits: 1, writeUnits: 4 },
  'renewal by a runner': { roundTrips: 1, calls: 1, readUnits: 0, writeUnits: 1 },
  'read of a runner': { roundTrips: 1, calls: 1, readUnits: 1, writeUnits: 0 },
  'report by the runner that has the location': { roundTrips: 2, calls: 3, readUnits: 2, writeUnits: 6 },
  'report that a run has ended': { roundTrips: 2, calls: 3, readUnits: 2, writeUnits: 8 },
  'close of a run that has ended': { roundTrips: 9, calls: 33, readUnits: 29, writeUnits: 28 },
  'leave of a location by its runner': { roundTrips: 2, calls: 2, readUnits: 1, writeUnits: 4 },
  'delete of an executor': { roundTrips: 4, calls: 20, readUnits: 18, writeUnits: 10 },
} satisfies Record<string, Usage>;

export type Operation = keyof typeof usageBars;

/**
 * Calls and capacity that the event log of sixteen shards takes, exactly. The events of one change are logged together. Each of the hundred
 * events has an element of its own. A page reads every shard with new events, in units of 4 KB.
 */
export const logBars = {
  'an event of an element': { calls: 2, readUnits: 2, writeUnits: 10 },
  'an event of a composition': { calls: 2, readUnits: 3, writeUnits: 16 },
  'two events of a composition': { calls: 2, readUnits: 3, writeUnits: 24 },
  'the events of a run that is composed': { calls: 2, readUnits: 3, writeUnits: 48 },
  'a hundred events': { calls: 32, readUnits: 32, writeUnits: 664 },
  'page of a hundred of them': { calls: 17, readUnits: 24, writeUnits: 0 },
  'page where nothing is new': { calls: 1, readUnits: 8, writeUnits: 0 },
  'page of one that is new': { calls: 2, readUnits: 9, writeUnits: 0 },
  'page of a location where nothing is new': { calls: 1, readUnits: 8, writeUnits: 0 },
} satisfies Record<string, Omit<Usage, 'roundTrips'>>;
/** Events that are logged per write to the busiest head: several shards compared with one. */
export const LOG_GAIN_BARS = { 4: 3.5, 16: 9 };

/** Time of the service over the time of the same bare SDK calls. */
export const OVERHEAD_BAR = 1.3;

/** Ratios of a function's bundle to its SDK clients alone, and Hono for the API: import time, and bytes that it reads at its start. */
export const COLD_START_BAR = 1.15;

/**
 * Functions that read more bytes than the default limit. For nearly every call the API needs the library of the schemas (0.09), all reads, and
 * the code of most writes (0.2); other code is loaded on its first use. The verifier reads archives (0.05). Both write the rows by which images
 * are found by digest, in the same transactions (0.02); the code for manifests is loaded with the first image.
 */
export const SIZE_BARS: Readonly<Partial<Record<FunctionWiring['name'], number>>> = {
  api: 1.35,
  verify: 1.2,
};

/**
 * Read units of a page of fifty, or of the size in the name, for any size of the location; or at each size. A page queries all shards of the
 * list, each for at least half a unit. A page of a hundred takes more than the 4 KB of a half unit.
 */
export const pageBars = {
  unfiltered: 8,
  'unfiltered, the second': 8,
  'of one': 8,
  'of a hundred': [8, 16, 16],
  'by indexed key': 8,
  'by name prefix': 8,
  'by indexed key and name prefix': 8,
  'by parent': 2.5,
  'by state': 8,
} satisfies Record<string, number | readonly number[]>;

export type PageQuery = keyof typeof pageBars;

/** Throughput of data through the service over the bare client's. */
export const THROUGHPUT_BAR = 0.95;
/** MiB of memory that the service may take above idle while it receives and verifies a gigabyte. */
export const MEMORY_BAR_MIB = 64;
/** Time from `complete` to `ready` over the time of sha256sum. */
export const VERIFICATION_BAR = 2;

/** Time of a join if all executors join one image, over the time if each joins an image of its own. */
export const POPULAR_JOIN_BAR = 1.2;
/** Time from the answer to a change until its consumer gets the event, over the time of a bare poll of the stream. */
export const LATENCY_BARS = { median: 1.4, percentile99: 1.5 };

/** Milliseconds from a bind to the first line of output, beyond those of `docker run`. */
export const FIRST_LINE_BAR_MS = 150;

/**
 * Output read through the service, compared with the engine: milliseconds by which a single line is later, and the ratio of the times until all
 * of many fast lines are read. The runner gathers lines for two seconds.
 */
export const OUTPUT_BARS = { aloneMs: 250, fast: 1.2 };

/**
 * Time of a run from the command line to its exit code, over `docker run --rm`, which has no service and no second container for shared
 * namespaces; and time of `ps` over Node alone.
 */
export const RUN_BARS = { run: 3, ps: 4 };

/** Processor time of commands over Node alone: two without a call, one with one call, and a push of an image that is already stored. */
export const START_BARS = { version: 1.9, help: 1.9, show: 2.8, push: 3 };

/** Time until `npm start` answers on an empty directory, over a Node process that loads sources and does nothing. */
export const FIRST_ANSWER_BAR = 8;

/** Throughput of a push over the bare client's: of a layer with a known digest, and of a file that has to be hashed. */
export const PUSH_BARS = { layer: 0.9, file: 0.65 };

/** Times for whole images over those of `skopeo` and Debian's `docker-registry`. */
export const REGISTRY_BARS = { sent: 1.2, ready: 2, again: 1, elsewhere: 1, pull: 1 };

/** Requests a second in one thread: a call without storage over an empty route, and reads over bare SDK calls. */
export const HEALTH_BAR = 0.6;
export const READ_BAR = 0.7;

/**
 * The console: its script, uncompressed; its first paint over that of a page with one line; the longest pause while it scrolls and while it
 * filters.
 */
export const CONSOLE_BARS = { scriptKb: 150, firstPaint: 5, pauseMs: 50, narrowMs: 100 };

/** Rate of an operation with throttled partitions, over the rate that `npm run scale` computes. */
export const THROTTLED_BARS = { least: 0.5, most: 1.1 };

/** A save that reads no file, and one that sends all files, over `tar | sha256sum` of the same files. */
export const UNCHANGED_BAR = 0.3;
export const SAVING_BAR = 2;

/** Time from the kill of a runner until the next runner of that engine runs bound tasks, over the start of a first runner. */
export const TAKEOVER_BAR = 1.5;

/** Time until ECS has a bound task by the dispatcher, over the bare calls. */
export const DISPATCH_BAR = 6;

/**
 * The relay compared with `docker exec -i`: round trip of a key, which passes three more processes each way; throughput; and MiB by which the
 * host may grow. On a busy machine a key takes longer with each process.
 */
export const SESSION_BARS = { key: 8, rate: 0.25, memoryMib: 64 };
