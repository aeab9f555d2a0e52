import { setTimeout as sleep } from 'node:timers/promises';
import { type BusMessage, type EventBus, MAX_EVENTS_A_PUT } from './event-bus.ts';

/** An event on its way, and the element whose order it keeps. */
export interface Outgoing {
  readonly event: BusMessage;
  readonly lane: string;
}

const MAX_FRUITLESS_PUTS = 3;
const PAUSE_MS = 100;

/**
 * The next put: the first events of as many elements as fit. It has one event of each element, so that none
 * overtakes another.
 */
const nextPut = <T extends Outgoing>(queue: readonly T[]): T[] => {
  const lanes = new Set<string>();
  return queue.filter(({ lane }) => !lanes.has(lane) && lanes.add(lane)).slice(0, MAX_EVENTS_A_PUT);
};

/**
 * Publishes events in order for each element, and repeats those that the bus refused. Answers the events that
 * the bus refused to the end, in order, with every later event of the same elements. It pauses after a try
 * without progress.
 */
export const publish = async <T extends Outgoing>(
  bus: EventBus,
  events: readonly T[],
  pause: (ms: number) => Promise<void> = sleep,
): Promise<readonly T[]> => {
  let queue = [...events];
  let fruitless = 0;
  while (queue.length > 0) {
    const batch = nextPut(queue);
    const taken = await bus.put(batch.map(({ event }) => event)).catch(() => batch.map(() => false));
    const done = new Set(batch.filter((_, at) => taken[at]));
    queue = queue.filter((outgoing) => !done.has(outgoing));
    if (done.size > 0) {
      fruitless = 0;
      continue;
    }
    fruitless += 1;
    if (fruitless === MAX_FRUITLESS_PUTS) return queue;
    await pause(PAUSE_MS * fruitless);
  }
  return queue;
};
