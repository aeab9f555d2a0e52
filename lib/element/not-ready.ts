import type { State } from './element.ts';
import { type ElementId, formatId } from './id.ts';

const wayOut: Readonly<Record<Exclude<State, 'ready'>, string>> = {
  pending: 'send its data first',
  verifying: 'wait until it is `ready`',
  failed: 'read its `problem`, and create it anew',
};

/** The problem of an element that is not ready, with the way out. */
export const notReady = (id: ElementId, state: keyof typeof wayOut): string =>
  `${formatId(id)} is ${state}, not ready: ${wayOut[state]}`;
