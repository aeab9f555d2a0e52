/** What consumers of events are made of. */
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
