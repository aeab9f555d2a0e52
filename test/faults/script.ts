import { setTimeout as sleep } from 'node:timers/promises';
import { conflicting, failing, throttled } from './errors.ts';
import type { Fault, ProxiedRequest } from './fault.ts';

/** The class of a request, for faults. */
type RequestClass = 'read' | 'write' | 'transaction' | 'stream' | 'events' | 'data';

/** The possible faults of a request. */
export type Mishap =
  | 'lost answer'
  | 'lost request'
  | 'late request'
  | 'connection reset'
  | 'slow answer'
  | 'throttling'
  | 'server error'
  | 'transaction conflict'
  | 'entries not taken';

/** The probability of each fault for each class of requests. */
export type Chances = Readonly<Partial<Record<RequestClass, Readonly<Partial<Record<Mishap, number>>>>>>;

/** Storms: periods with faults at repeats too. */
export interface Storms {
  /** The average number of requests between the starts of two storms. */
  readonly every: number;
  /** The length of a storm in requests. */
  readonly length: number;
  /** The factor on the probability of faults during a storm. */
  readonly factor: number;
}

/** Decides the fault of each request. */
export interface Script {
  decide(request: ProxiedRequest): Fault | undefined;
  /** The number of each fault so far. */
  readonly counts: Readonly<Partial<Record<Mishap, number>>>;
}

/** Pseudorandom numbers from 0 to 1, determined by the seed (mulberry32). */
export const seededRandom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

const CLASSES: Readonly<Record<string, RequestClass>> = {
  GetItem: 'read',
  BatchGetItem: 'read',
  Query: 'read',
  PutItem: 'write',
  UpdateItem: 'write',
  DeleteItem: 'write',
  TransactWriteItems: 'transaction',
  TransactGetItems: 'transaction',
  DescribeStream: 'stream',
  GetShardIterator: 'stream',
  GetRecords: 'stream',
  PutEvents: 'events',
  // Requests of S3 have no operation.
  '': 'data',
};

/** The class of a request; undefined for one-time calls, such as the creation of a table. */
const classOf = ({ operation }: ProxiedRequest): RequestClass | undefined => CLASSES[operation];

/** Long enough for the repeat of a request to arrive before its first copy. */
const LATE_MS = 400;
const SLOW_MS = 200;

/** The fault for a mishap; `dice` selects the details. */
const toFault = (mishap: Mishap, request: ProxiedRequest, dice: number): Fault => {
  switch (mishap) {
    case 'lost answer':
      return { kind: 'swallow' };
    case 'lost request':
      return { kind: 'refuse' };
    case 'late request':
      return { kind: 'late', until: () => sleep(dice * LATE_MS) };
    case 'connection reset':
      return { kind: 'reset' };
    case 'slow answer':
      return { kind: 'delay', until: () => sleep(dice * SLOW_MS) };
    case 'throttling':
      return { kind: 'answer', error: throttled(request, dice) };
    case 'server error':
      // One half of the requests were executed: a client cannot know after a 5xx.
      return { kind: 'answer', error: failing(request, dice), done: Math.floor(dice * 4) % 2 === 1 };
    case 'transaction conflict':
      return { kind: 'answer', error: conflicting(request, dice) };
    case 'entries not taken': {
      const failing = seededRandom(dice * 2 ** 32);
      // Called for each entry once, in order.
      return { kind: 'partial', fails: () => failing() < 0.4 };
    }
  }
};

/** A script by a seed: the same requests in the same order get the same faults. */
export const seededScript = (seed: number, chances: Chances, storms?: Storms): Script => {
  const random = seededRandom(seed);
  const counts: Partial<Record<Mishap, number>> = {};
  let stormy = 0;
  return {
    counts,
    decide(request) {
      const kind = classOf(request);
      const mishaps = kind && chances[kind];
      if (!mishaps) return undefined;
      // The number of random numbers is constant, so that a decision does not affect later ones.
      const [weather, choice, dice] = [random(), random(), random()];
      if (stormy > 0) stormy -= 1;
      else if (storms && weather < 1 / storms.every) stormy = storms.length;
      const factor = stormy > 0 ? (storms?.factor ?? 1) : 1;
      let from = 0;
      for (const [mishap, chance] of Object.entries(mishaps) as [Mishap, number][]) {
        from += chance * factor;
        if (choice >= from) continue;
        counts[mishap] = (counts[mishap] ?? 0) + 1;
        return toFault(mishap, request, dice);
      }
      return undefined;
    },
  };
};
