import { logBars, type Operation, usageBars } from '../bars.ts';
import type { Usage } from '../meter.ts';
import { prices } from './prices.ts';

/**
 * How long a function works: measured is its processor time, the rest is assumed. A call of the API took 1.5 ms of a processor and
 * 1 ms more for each call to storage (this code, hot, on a core of a server of 2024, rounded up). A function has the part
 * of a processor that its memory buys, of which 1,769 MB are one (AWS Lambda, memory and computing power), and waits 5 ms for each round
 * trip to storage.
 */
const WORK_MS = 1.5;
const WORK_A_CALL_MS = 1;
const ROUND_TRIP_MS = 5;
const PROCESSOR_MIB = 1769;
/** What a call of a function leaves in its log: its own line and Lambda's three. */
const LOG_GIGABYTES = 1e-6;

const API_MIB = 1024;
const STREAM_MIB = 256;

/** What one call of a function costs, without the storage that it uses. */
export const invocation = (memoryMiB: number, calls: number, roundTrips: number): number => {
  const work = (WORK_MS + WORK_A_CALL_MS * calls) * (PROCESSOR_MIB / memoryMiB);
  const seconds = (work + ROUND_TRIP_MS * roundTrips) / 1_000;
  return (
    prices.invocation +
    (memoryMiB / 1024) * seconds * prices.gigabyteSecond +
    LOG_GIGABYTES * prices.logGigabyte
  );
};

const storage = ({ readUnits, writeUnits }: Pick<Usage, 'readUnits' | 'writeUnits'>): number =>
  readUnits * prices.readUnit + writeUnits * prices.writeUnit;

/**
 * What one event costs until consumers have it: a call of `publish` and one of `audit`, as if each change came alone (a batch
 * shares them), the event, its line in the log, and what the log of events asks of its table.
 */
const told = (logged: Pick<Usage, 'readUnits' | 'writeUnits'>): number =>
  invocation(STREAM_MIB, 1, 1) +
  prices.event +
  LOG_GIGABYTES * prices.logGigabyte +
  invocation(STREAM_MIB, 2, 2) +
  storage(logged);

/** Supervision hears of a task that is bound, started or ended, and looks at its composition. */
const supervised = invocation(STREAM_MIB, 1, 1) + storage({ readUnits: 1, writeUnits: 0 });

/** What a call makes happen beside its own. */
interface Effects {
  /** Events of elements, and of members of a composition. */
  readonly events?: number;
  readonly compositionEvents?: number;
  /** Those of them that supervision hears of. */
  readonly supervised?: number;
  readonly objectWrites?: number;
  /** Units of queries that find nothing: none by the bars; DynamoDB takes one of a consistent query, and half a unit of one of an index. */
  readonly emptyUnits?: number;
}

const effects: Partial<Record<Operation, Effects>> = {
  'update of a key': { events: 1 },
  create: { events: 1 },
  'create with a parent': { events: 2 },
  // Its bytes, and the index of its paths.
  'create with data': { events: 1, objectWrites: 2 },
  // Ten of the sixteen shards have none of the few elements that were listed.
  'list page': { emptyUnits: 5 },
  delete: { events: 1, emptyUnits: 16 },
  'delete of a child': { events: 1, emptyUnits: 16 },
  'delete of an executor': { events: 1, emptyUnits: 16 },
  'refused delete': { emptyUnits: 7 },
  join: { compositionEvents: 1 },
  // An image and a task.
  'bind of everything': { compositionEvents: 2, supervised: 1 },
  'report on a task': { compositionEvents: 1, supervised: 1 },
  'unbind of everything': { compositionEvents: 2 },
  leave: { compositionEvents: 1 },
};

/** US dollars of one call, by what they are for. */
export interface Cost {
  readonly gateway: number;
  readonly function: number;
  readonly storage: number;
  readonly events: number;
}

export const totalOf = (cost: Cost): number => cost.gateway + cost.function + cost.storage + cost.events;

/** What one call of an operation costs, with all that it makes happen; storage of data and its transfer are not in it. */
export const costOf = (operation: Operation): Cost => {
  const usage = usageBars[operation];
  const its = effects[operation] ?? {};
  const units = { ...usage, readUnits: usage.readUnits + (its.emptyUnits ?? 0) };
  const objects = (its.objectWrites ?? 0) * (prices.objectWrite + prices.keyRequest);
  const eventsOfElements = (its.events ?? 0) * told(logBars['an event of an element']);
  const eventsOfCompositions = (its.compositionEvents ?? 0) * told(logBars['an event of a composition']);
  return {
    gateway: prices.httpRequest,
    function: invocation(API_MIB, usage.calls, usage.roundTrips),
    // A bucket key spares nearly all calls to KMS; one for each object is the most.
    storage: storage(units) + objects,
    events: eventsOfElements + eventsOfCompositions + (its.supervised ?? 0) * supervised,
  };
};
