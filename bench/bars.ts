import type { FunctionWiring } from '../infra/function-wiring.ts';
import type { Usage } from './meter.ts';

/**
 * What each operation may ask of storage, exactly. Round trips are promised by the design; calls and capacity are what
 * was counted when this was last looked at, so that no change of them goes unseen: reads by DynamoDB Local, writes by their rows
 * (`bench/scale/unit-recorder.ts`), since of transactions DynamoDB Local counts otherwise. It counts an empty
 * query as nothing, where DynamoDB charges the least there is (half a unit, or one if consistent): a delete
 * reads 16 units more there, and a list page of a few elements 8 in all.
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
 * What the log of events asks of storage in sixteen shards, exactly. The events of one change are logged together. Of the hundred events each is of an element of its
 * own; a page reads every shard in which something is new, in units of 4 KB.
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
/** Events that are logged in a turn of the busiest head, in several shards over one. */
export const LOG_GAIN_BARS = { 4: 3.5, 16: 9 };

/** Service time over that of the bare SDK calls. */
export const OVERHEAD_BAR = 1.3;

/**
 * Import time of a function's bundle over that of its SDK clients alone, and Hono before the API; and bytes that it reads at
 * its start over theirs: what is ours in it.
 */
export const COLD_START_BAR = 1.15;

/**
 * Where the bytes cannot be that few. The API judges whatever it is sent, for which nearly every call needs the schemas' library
 * (0.09 of them), and has all reads and what most calls write (0.2); what is loaded with its call is out of it already. The verifier is there
 * to read archives (0.05). Both write the rows by which images are found by digest, in the transactions that they make anyway (0.02); what
 * reads manifests and makes them is loaded with the first image.
 */
export const SIZE_BARS: Readonly<Partial<Record<FunctionWiring['name'], number>>> = {
  api: 1.35,
  verify: 1.2,
};

/**
 * Read units of a page, of fifty unless it says otherwise, whatever the size of the location; or at each size. A page asks all shards of the
 * list, each for half a unit at least. Of a hundred they are asked for more than the 4 KB of a half unit.
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

/** Throughput of data through the service over that of the bare client. */
export const THROUGHPUT_BAR = 0.95;
/** MiB that the service may take above idle while a gigabyte comes in and is verified. */
export const MEMORY_BAR_MIB = 64;
/** Time from complete to ready over that of sha256sum. */
export const VERIFICATION_BAR = 2;

/** Time of a join of one image by everybody, over that of a join of an image of one's own. */
export const POPULAR_JOIN_BAR = 1.2;
/** Time from a change's answer to its consumer over that of a bare poll of the stream. */
export const LATENCY_BARS = { median: 1.4, percentile99: 1.5 };

/** Milliseconds from a bind to the first line of output, more than `docker run` by hand takes. */
export const FIRST_LINE_BAR_MS = 150;

/**
 * Milliseconds by which a line that comes alone is read later through the service than of the engine; and time until all of many are read that come
 * fast, over that of the engine. Lines are gathered for two seconds.
 */
export const OUTPUT_BARS = { aloneMs: 250, fast: 1.2 };

/**
 * Time of a run from the command line to its exit code over that of `docker run --rm`, which has neither a service nor a second container for
 * what tasks share; and of `ps` over that of Node alone.
 */
export const RUN_BARS = { run: 3, ps: 4 };

/** Processor time of commands over that of Node alone: two that ask nobody, one call, and a push of an image that is there. */
export const START_BARS = { version: 1.9, help: 1.9, show: 2.8, push: 3 };

/** Until `npm start` has answered on an empty directory, over a Node that loads sources and does nothing. */
export const FIRST_ANSWER_BAR = 8;

/** Throughput of a push over the bare client's, of what has a digest already and of what has to be hashed. */
export const PUSH_BARS = { layer: 0.9, file: 0.65 };

/** Times of whole images over those of `skopeo` on Debian's `docker-registry`. */
export const REGISTRY_BARS = { sent: 1.2, ready: 2, again: 1, elsewhere: 1, pull: 1 };

/** Requests a second, in one thread: of what asks no storage over an empty route, of reads over bare SDK calls. */
export const HEALTH_BAR = 0.6;
export const READ_BAR = 0.7;

/** Script of the console, uncompressed; its first paint over that of a plain line; how long it may not answer while it scrolls. */
export const CONSOLE_BARS = { scriptKb: 150, firstPaint: 5, pauseMs: 50, narrowMs: 100 };

/** Rate of an operation whose partitions are throttled, over what `npm run scale` counted. */
export const THROTTLED_BARS = { least: 0.5, most: 1.1 };

/** A save that reads no file, and one that sends all, over `tar | sha256sum` of the same. */
export const UNCHANGED_BAR = 0.3;
export const SAVING_BAR = 2;

/** Until the next runner of an engine runs what is bound, counted from the kill of the one before, over the start of a first one. */
export const TAKEOVER_BAR = 1.5;

/** Until ECS has what is bound, by the dispatcher, over the bare calls. */
export const DISPATCH_BAR = 6;

/**
 * What goes through the relay over the same by `docker exec -i`: the time of a key's round trip, which passes three more processes each way, and
 * throughput; and MiB that the host may grow by meanwhile. A machine that is busy else takes a key longer, the more processes it passes.
 */
export const SESSION_BARS = { key: 8, rate: 0.25, memoryMib: 64 };
