import type { TaskportEvent } from './catalogue.ts';
import type { VerificationRequest } from './verification-request.ts';

/** The most events one put takes (Amazon EventBridge, PutEvents). */
export const MAX_EVENTS_A_PUT = 10;

/** A message for the bus. */
export type BusMessage = TaskportEvent | VerificationRequest;

/** Accepts each event of a list independently. */
export interface EventBus {
  /** Answers for each event, in order, whether the bus accepted it. Throws if it accepted none. */
  put(events: readonly BusMessage[]): Promise<readonly boolean[]>;
}
