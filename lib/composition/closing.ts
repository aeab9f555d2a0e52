import { TaskportError } from '../errors.ts';
import type { Composition, Member } from './composition.ts';

/** A composition that refuses what its closing is in the way of. */
export const assertOpen = ({ executorId, closing }: Composition): void => {
  if (!closing) return;
  const detail = `the composition of ${executorId} is closing since ${closing.since}: wait until that is over`;
  throw new TaskportError('invalid-state', detail, { state: 'closing' });
};

/** Whether its container may still run: nobody said that it ended. */
export const isRunning = ({ task }: Member): boolean => task?.run.state === 'running';
