import type { TaskportEvent } from './catalogue.ts';

/** The most events one put takes (Amazon EventBridge, PutEvents). */
export const MAX_EVENTS_A_PUT = 10;

/** Takes events, each for itself. */
export interface EventBus {
  /** Says of each event, in order, whether it was taken. Throws where none was. */
  put(events: readonly TaskportEvent[]): Promise<readonly boolean[]>;
}
