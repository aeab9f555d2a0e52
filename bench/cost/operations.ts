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

/** What it costs to hear of one change: a call of `publish` and one of `audit`, as if each change came alone; a batch shares them. */
const heard = invocation(STREAM_MIB, 1, 1) + invocation(STREAM_MIB, 2, 2);

/** How many events are logged together. */
const counts = {
  'an event of an element': 1,
  'an event of a composition': 1,
  'two events of a composition': 2,
  'the events of a run that is composed': 5,
} satisfies Partial<Record<keyof typeof logBars, number>>;
type Logged = keyof typeof counts;

/** What events cost until consumers have them: the events, their lines in the log, and what the log of events asks of its table. */
const told = (logged: Logged): number =>
  counts[logged] * (prices.event + LOG_GIGABYTES * prices.logGigabyte) + storage(logBars[logged]);

/** Supervision hears of a task that is bound, started or ended, and looks at its composition. */
const supervised = invocation(STREAM_MIB, 1, 1) + storage({ readUnits: 1, writeUnits: 0 });

/** What a call makes happen beside its own. */
interface Effects {
  /** The events of each transaction that has some. */
  readonly told?: readonly Logged[];
  /** How many of them supervision hears of. */
  readonly supervised?: number;
  readonly objectWrites?: number;
}

const effects: Partial<Record<Operation, Effects>> = {
  'update of a key': { told: ['an event of an element'] },
  create: { told: ['an event of an element'] },
  'create with a parent': { told: ['an event of an element', 'an event of an element'] },
  // Its bytes, and the index of its paths.
  'create with data': { told: ['an event of an element'], objectWrites: 2 },
  delete: { told: ['an event of an element'] },
  'delete of a child': { told: ['an event of an element'] },
  'delete of an executor': { told: ['an event of an element'] },
  join: { told: ['an event of a composition'] },
  // An image and a task.
  'bind of everything': { told: ['two events of a composition'], supervised: 1 },
  'report on a task': { told: ['an event of a composition'], supervised: 1 },
  'unbind of everything': { told: ['two events of a composition'] },
  leave: { told: ['an event of a composition'] },
  // The executor; an image and a task, which join and are bound.
  'composition of a run at once': { told: ['the events of a run that is composed'], supervised: 1 },
  'report by the runner that has the location': { told: ['an event of a composition'], supervised: 1 },
  'report that a run has ended': { told: ['an event of a composition'], supervised: 1 },
  // Both are unbound, and leave; the executor is deleted.
  'close of a run that has ended': {
    told: ['two events of a composition', 'two events of a composition', 'an event of an element'],
  },
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
  const objects = (its.objectWrites ?? 0) * (prices.objectWrite + prices.keyRequest);
  const events = its.told ?? [];
  return {
    gateway: prices.httpRequest,
    function: invocation(API_MIB, usage.calls, usage.roundTrips),
    // A bucket key spares nearly all calls to KMS; one for each object is the most.
    storage: storage(usage) + objects,
    events: events.reduce((sum, each) => sum + heard + told(each), 0) + (its.supervised ?? 0) * supervised,
  };
};
