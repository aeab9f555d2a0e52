import { setTimeout as sleep } from 'node:timers/promises';
import { consume, type Outcome } from '../../lib/event/consumer.ts';
import type { Random } from './clients.ts';

/** The probability of a repeated delivery, after later ones. */
const TWICE = 0.05;
const LATER_MS = 300;

/** A consumer like a user's, which records its events. */
export const startHearing = (random: Random) => {
  const last = new Map<string, number>();
  const outcomes: Record<Outcome, number> = { handled: 0, repeated: 0, ignored: 0 };
  const disorder: string[] = [];
  let inHand = 0;
  const consumer = consume(({ detailType }, { record, revision, isLate, gap }) => {
    const former = last.get(record) ?? 0;
    if (isLate || gap.length > 0 || revision !== former + 1) {
      disorder.push(`${detailType} ${record}: revision ${revision} came after ${former}`);
    }
    last.set(record, Math.max(former, revision));
  });
  const hear = async (event: unknown, after: number): Promise<void> => {
    inHand += 1;
    if (after > 0) await sleep(after);
    try {
      outcomes[await consumer(event)] += 1;
    } finally {
      inHand -= 1;
    }
  };
  return {
    /** Receives the deliveries of the bus, sometimes twice. */
    deliver: (event: unknown): void => {
      void hear(event, 0);
      if (random() < TWICE) void hear(event, random() * LATER_MS);
    },
    outcomes,
    /** Events out of order, or after a gap. */
    disorder,
    /** The last revision of each record. */
    last: last as ReadonlyMap<string, number>,
    settled: async (): Promise<void> => {
      while (inHand > 0) await sleep(20);
    },
  };
};
