/** Types and functions for consumers of events. */
export type { DetailType, TaskportEvent } from '../lib/event/catalogue.ts';
export {
  consume,
  type Envelope,
  type Handler,
  type Memory,
  type Outcome,
  type Progress,
  type Standing,
} from '../lib/event/consumer.ts';
