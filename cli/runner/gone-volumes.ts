import { ProblemError } from '../../client/problem-error.ts';
import type { Taskport } from '../../client/taskport.ts';
import type { EngineStorage } from '../docker/storage/engine-storage.ts';

/** When the service created the volume that has this ID now; undefined if there is none. A volume that the runner may not read still exists. */
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
 * Drops what an engine has of volumes that the service no longer has, by comparing the two, so it does not matter when somebody deleted
 * them. Reports why it could not drop one, and continues with the next.
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
