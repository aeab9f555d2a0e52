import { isCode } from '../client/problem-error.ts';
import type { CompositionJson } from '../lib/composition/shown-composition.ts';
import type { Session } from './session.ts';

/** How often to try again when another caller changes the same executor at the same time. */
const MAX_TRIES = 10;

/** Calls `act` with the latest handle of an executor, and again with a later one if another caller has changed the composition. */
export const withLatestHandle = async <T>(
  { taskport, call }: Pick<Session, 'taskport' | 'call'>,
  executorId: string,
  act: (handle: string, composition: CompositionJson) => Promise<T>,
): Promise<T> => {
  for (let attempt = 1; ; attempt += 1) {
    const opened = await taskport.compositions.open(executorId, call);
    try {
      return await act(opened.handle, opened.composition);
    } catch (error) {
      if (!isCode(error, 'stale-handle') || attempt === MAX_TRIES) throw error;
    }
  }
};
