import { logBars, type Operation, usageBars } from '../bars.ts';
import type { Usage } from '../meter.ts';
import { prices } from './prices.ts';

/**
 * The duration of a function: processor time is measured, the rest assumed. A call of the API takes 1.5 ms of a processor and 1 ms more for each
 * call to storage (this code, hot, on a core of a server of 2024, rounded up). A function gets a share of a processor in proportion to its
 * memory, a whole one at 1,769 MB (AWS Lambda, memory and computing power). It waits 5 ms for each round trip to storage.
 */
const WORK_MS = 1.5;
const WORK_A_CALL_MS = 1;
const ROUND_TRIP_MS = 5;
const PROCESSOR_MIB = 1769;
/** Log lines of a call: one of the function, and three of Lambda. */
const LOG_GIGABYTES = 1e-6;

const API_MIB = 1024;
const STREAM_MIB = 256;

/** US dollars of one call of a function, without its storage. */
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

/** Cost of delivering one change: a call of `publish` and one of `audit`, as if each change came alone. In fact a batch shares them. */
const heard = invocation(STREAM_MIB, 1, 1) + invocation(STREAM_MIB, 2, 2);

/** Numbers of events that are logged together. */
const counts = {
  'an event of an element': 1,
  'an event of a composition': 1,
  'two events of a composition': 2,
  'the events of a run that is composed': 5,
} satisfies Partial<Record<keyof typeof logBars, number>>;
type Logged = keyof typeof counts;

/** Cost of events until consumers have them: the events, their log lines, and the capacity of the event log's table. */
const told = (logged: Logged): number =>
  counts[logged] * (prices.event + LOG_GIGABYTES * prices.logGigabyte) + storage(logBars[logged]);

/** Supervision gets an event for a task that is bound, started or ended, and reads its composition. */
const supervised = invocation(STREAM_MIB, 1, 1) + storage({ readUnits: 1, writeUnits: 0 });

/** Work that a call causes beside its own. */
interface Effects {
  /** The events of each transaction that has any. */
  readonly told?: readonly Logged[];
  /** The number of these events that supervision gets. */
  readonly supervised?: number;
  readonly objectWrites?: number;
}

const effects: Partial<Record<Operation, Effects>> = {
  'update of a key': { told: ['an event of an element'] },
  create: { told: ['an event of an element'] },
  'create with a parent': { told: ['an event of an element', 'an event of an element'] },
  // The data, and the index of its paths.
  'create with data': { told: ['an event of an element'], objectWrites: 2 },
  delete: { told: ['an event of an element'] },
  'delete of a child': { told: ['an event of an element'] },
  'delete of an executor': { told: ['an event of an element'] },
  join: { told: ['an event of a composition'] },
  // For an image and a task.
  'bind of everything': { told: ['two events of a composition'], supervised: 1 },
  'report on a task': { told: ['an event of a composition'], supervised: 1 },
  'unbind of everything': { told: ['two events of a composition'] },
  leave: { told: ['an event of a composition'] },
  // For the executor; and for an image and a task, which join and are bound.
  'composition of a run at once': { told: ['the events of a run that is composed'], supervised: 1 },
  'report by the runner that has the location': { told: ['an event of a composition'], supervised: 1 },
  'report that a run has ended': { told: ['an event of a composition'], supervised: 1 },
  // Both are unbound and leave; the executor is deleted.
  'close of a run that has ended': {
    told: ['two events of a composition', 'two events of a composition', 'an event of an element'],
  },
};

/** US dollars of one call, by purpose. */
export interface Cost {
  readonly gateway: number;
  readonly function: number;
  readonly storage: number;
  readonly events: number;
}

export const totalOf = (cost: Cost): number => cost.gateway + cost.function + cost.storage + cost.events;

/** US dollars of one call of an operation, with the work that it causes, but without the storage and the transfer of data. */
export const costOf = (operation: Operation): Cost => {
  const usage = usageBars[operation];
  const its = effects[operation] ?? {};
  const objects = (its.objectWrites ?? 0) * (prices.objectWrite + prices.keyRequest);
  const events = its.told ?? [];
  return {
    gateway: prices.httpRequest,
    function: invocation(API_MIB, usage.calls, usage.roundTrips),
    // A bucket key saves nearly all calls to KMS; this counts one for each object, the most possible.
    storage: storage(usage) + objects,
    events: events.reduce((sum, each) => sum + heard + told(each), 0) + (its.supervised ?? 0) * supervised,
  };
};
