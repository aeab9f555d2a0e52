import type { TaskportEvent } from './catalogue.ts';
import type { VerificationRequest } from './verification-request.ts';

/** The most events one put takes (Amazon EventBridge, PutEvents). */
export const MAX_EVENTS_A_PUT = 10;

/** What goes onto the bus. */
export type BusMessage = TaskportEvent | VerificationRequest;

/** Takes events, each for itself. */
export interface EventBus {
  /** Says of each event, in order, whether it was taken. Throws where none was. */
  put(events: readonly BusMessage[]): Promise<readonly boolean[]>;
}
