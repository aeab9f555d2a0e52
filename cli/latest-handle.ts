import { ProblemError } from '../client/problem-error.ts';
import type { CompositionJson } from '../lib/composition/shown-composition.ts';
import type { Session } from './session.ts';

/** Somebody else who works on the same executor at the same time is waited for so often. */
const MAX_TRIES = 10;

/** Does something with the latest handle of an executor, and again with a later one where somebody came between. */
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
      const isStale = error instanceof ProblemError && error.code === 'stale-handle';
      if (!isStale || attempt === MAX_TRIES) throw error;
    }
  }
};
