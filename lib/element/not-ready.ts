import type { State } from './element.ts';
import { type ElementId, formatId } from './id.ts';

const wayOut: Readonly<Record<Exclude<State, 'ready'>, string>> = {
  pending: 'send its data first',
  verifying: 'wait until it is `ready`',
  failed: 'read its `problem`, and create it anew',
};

/** Why an element cannot be used yet, and what to do about that. */
export const notReady = (id: ElementId, state: keyof typeof wayOut): string =>
  `${formatId(id)} is ${state}, not ready: ${wayOut[state]}`;
