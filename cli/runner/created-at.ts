import { setTimeout as sleep } from 'node:timers/promises';
import { firstAborted } from '../../lib/first-aborted.ts';
import { CALL_MS, isFinal, type LeaseOptions, RETRY_MS } from './lease.ts';

/** When the service created the location, however long its answer takes. Throws errors that waiting does not change, and the signal's reason. */
export const createdAtOf = async ({
  taskport,
  location,
  onNote,
  signal,
}: Pick<LeaseOptions, 'taskport' | 'location' | 'onNote' | 'signal'>): Promise<string> => {
  let told = '';
  for (;;) {
    try {
      const within = firstAborted(signal, AbortSignal.timeout(CALL_MS));
      const { createdAt } = await taskport.locations.read(location, { signal: within });
      return new Date(createdAt).toISOString();
    } catch (error) {
      signal.throwIfAborted();
      if (isFinal(error)) throw error;
      const note = `cannot claim ${location} yet: ${(error as Error).message}`;
      if (note !== told) onNote(note);
      told = note;
      await sleep(RETRY_MS, undefined, { signal });
    }
  }
};
