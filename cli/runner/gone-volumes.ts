import { ProblemError } from '../../client/problem-error.ts';
import type { Taskport } from '../../client/taskport.ts';
import type { EngineStorage } from '../docker/storage/engine-storage.ts';

/** When the volume was created that the service has by that ID; undefined where it has none. One that may not be read is not gone. */
const instanceOf = async (
  taskport: Taskport,
  id: string,
  signal: AbortSignal,
): Promise<string | undefined> => {
  try {
    return (await taskport.elements.read(id, { fields: ['attributes'], signal })).createdAt;
  } catch (error) {
    const isGone =
      error instanceof ProblemError && ['not-found', 'unknown-location'].includes(error.code ?? '');
    if (isGone) return undefined;
    throw error;
  }
};

/**
 * Drops what an engine has of volumes that the service has no more, by comparing the two: it does not matter who deleted them, or when. Says of
 * each that stays what kept it, and goes on with the next.
 */
export const releaseGoneVolumes = async (
  taskport: Taskport,
  storage: Pick<EngineStorage, 'volumes' | 'releaseVolume'>,
  onNote: (note: string) => void,
  signal: AbortSignal,
): Promise<void> => {
  const volumes = await storage.volumes();
  for (const id of new Set(volumes.map((volume) => volume.id))) {
    signal.throwIfAborted();
    try {
      const current = await instanceOf(taskport, id, signal);
      if (volumes.some((volume) => volume.id === id && volume.instance === current)) continue;
      await storage.releaseVolume(id);
      onNote(`drops what was written to ${id}, which is gone`);
    } catch (error) {
      signal.throwIfAborted();
      onNote(`cannot tell yet whether ${id} is gone, or drop it: ${(error as Error).message}`);
    }
  }
};
