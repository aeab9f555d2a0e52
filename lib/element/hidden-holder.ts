import { isProblem, TaskportError } from '../errors.ts';
import type { LocationCache } from '../location/location-cache.ts';
import type { Principal } from '../principal.ts';
import { readable } from './page.ts';

/** Runs `act`. If it throws `volume-attached` and the caller may not read the executor that has the volume, the problem counts that executor instead of naming it. */
export const hidingHolder = async <T>(
  known: LocationCache,
  principal: Principal,
  act: () => Promise<T>,
): Promise<T> => {
  try {
    return await act();
  } catch (error) {
    if (!isProblem(error, 'volume-attached')) throw error;
    const { executorId } = error.members;
    const holders = executorId === undefined ? [] : [executorId as string];
    const { hidden } = await readable(known, principal, holders, (id) => id);
    if (hidden === 0) throw error;
    throw new TaskportError(
      'volume-attached',
      'an executor that you may not read has the volume for writing: ask those who run tasks with it to unbind it, or join it with `readOnly`',
      {
        hidden,
      },
    );
  }
};
