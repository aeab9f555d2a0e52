import { setTimeout as sleep } from 'node:timers/promises';
import { conflicting, failing, throttled } from './errors.ts';
import type { Fault, ProxiedRequest } from './fault.ts';

/** What a request is, as far as faults can tell. */
type RequestClass = 'read' | 'write' | 'transaction' | 'stream' | 'events' | 'data';

/** What may happen to a request, in words. */
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

/** With which probability each mishap befalls a request of each class. */
export type Chances = Readonly<Partial<Record<RequestClass, Readonly<Partial<Record<Mishap, number>>>>>>;

/** Now and then everything gets worse for a while: so much that repeats fail as well. */
export interface Storms {
  /** One begins in this number of requests, on average. */
  readonly every: number;
  /** How many requests it lasts. */
  readonly length: number;
  /** How many times as probable each mishap is meanwhile. */
  readonly factor: number;
}

/** Decides for each request which fault it meets. */
export interface Script {
  decide(request: ProxiedRequest): Fault | undefined;
  /** How often each mishap came so far. */
  readonly counts: Readonly<Partial<Record<Mishap, number>>>;
}

/** Numbers from 0 to 1 that look like chance and are the same for the same seed (mulberry32). */
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
  // S3 names no operation.
  '': 'data',
};

/** What a request is; nothing for what is asked of a service once, such as a new table. */
const classOf = ({ operation }: ProxiedRequest): RequestClass | undefined => CLASSES[operation];

/** Long enough that the repeat of a request is there before its first copy. */
const LATE_MS = 400;
const SLOW_MS = 200;

/** The fault that a mishap is; `dice` settles what it leaves open. */
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
      // Of one half it was done: nobody who gets a 5xx can know.
      return { kind: 'answer', error: failing(request, dice), done: Math.floor(dice * 4) % 2 === 1 };
    case 'transaction conflict':
      return { kind: 'answer', error: conflicting(request, dice) };
    case 'entries not taken': {
      const failing = seededRandom(dice * 2 ** 32);
      // Asked for each entry once, in order.
      return { kind: 'partial', fails: () => failing() < 0.4 };
    }
  }
};

/** A script by a seed: the same requests in the same order meet the same faults. */
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
      // Always the same number of throws, so that one decision does not shift those after it.
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
