import { parseId } from '../../lib/element/id.ts';
import { isProblem } from '../../lib/errors.ts';
import type { LocationCache } from '../../lib/location/location-cache.ts';

/** The name of the engine by which locations run their tasks on Fargate. */
export const FARGATE = 'fargate';

/** Whether the location of an executor runs its tasks on Fargate. */
export const isOfFargate = async (known: LocationCache, executorId: string): Promise<boolean> => {
  try {
    const { engine } = await known.get(parseId(executorId, 'executorId').location);
    return engine === FARGATE;
  } catch (error) {
    if (isProblem(error, 'unknown-location', 'invalid-request')) return false;
    throw error;
  }
};
