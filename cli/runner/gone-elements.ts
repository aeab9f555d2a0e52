import { ABSENT } from '../../client/problem-error.ts';
import type { Taskport } from '../../client/taskport.ts';
import type { DockerStorage } from '../docker/storage.ts';
import { unlessAbsent } from '../unless-absent.ts';

/**
 * The creation time of the element that has this ID now; undefined if the service has none. Throws if the runner may not read the element:
 * it still exists.
 */
const instanceOf = async (
  taskport: Taskport,
  id: string,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const read = taskport.elements.read(id, { fields: ['attributes'], signal });
  return (await unlessAbsent(read, ABSENT))?.createdAt;
};

/**
 * Drops the data on an engine of volumes and executors that the service no longer has. It compares the engine with the service, so the
 * time of the deletion does not matter. Reports the reason if it cannot drop some data, and continues with the next.
 */
export const dropGone = async (
  taskport: Taskport,
  storage: Pick<DockerStorage, 'remains'>,
  onNote: (note: string) => void,
  signal: AbortSignal,
): Promise<void> => {
  const remains = await storage.remains();
  for (const id of new Set(remains.map((one) => one.id))) {
    signal.throwIfAborted();
    try {
      const current = await instanceOf(taskport, id, signal);
      const gone = remains.filter(
        ({ id: of, instance = current }) => of === id && (current === undefined || instance !== current),
      );
      for (const { drop } of gone) if (!(await drop())) throw new Error('a container uses it');
      if (gone.length === 0) continue;
      onNote(`discards the writes ${id.startsWith('executor:') ? 'by' : 'to'} ${id}, which no longer exists`);
    } catch (error) {
      signal.throwIfAborted();
      onNote(`cannot check or discard the writes of ${id} on this engine yet: ${(error as Error).message}`);
    }
  }
};
