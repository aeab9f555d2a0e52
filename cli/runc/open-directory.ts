import { chmod, mkdir } from 'node:fs/promises';

/** Makes a directory that everybody in a container may look into, whatever mask the runner has. */
export const makeOpenDirectory = async (path: string): Promise<void> => {
  await mkdir(path);
  await chmod(path, 0o755);
};
