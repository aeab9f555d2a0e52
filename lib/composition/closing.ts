import { TaskportError } from '../errors.ts';
import type { Composition } from './composition.ts';

/** Throws if a composition is closing, for operations that a closing forbids. */
export const assertOpen = ({ executorId, closing }: Composition): void => {
  if (!closing) return;
  const detail = `the composition of ${executorId} is closing since ${closing.since}: wait until it is closed`;
  throw new TaskportError('invalid-state', detail, { state: 'closing' });
};
