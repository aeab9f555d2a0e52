import type { ComposedStorage } from '../../../lib/composition/plan/composed-container.ts';
import { LaunchError } from '../../../lib/execution/engine.ts';

/** The options with which the engine's local driver makes a volume that is not on its own disk. */
export interface DriverConfig {
  readonly Name: 'local';
  readonly Options: Readonly<Record<string, string>>;
}

/**
 * If somebody removes a volume after it was filled, an engine would create an empty one when a container mounts it. These options make
 * that mount fail with an error; they do not affect a volume that exists.
 */
export const UNLESS_GONE: DriverConfig = {
  Name: 'local',
  Options: { type: 'none', o: 'bind', device: '/a-volume-that-was-filled-is-gone' },
};

/** The engine's kernel mounts only version 4 of NFS itself; other versions need programs. */
export const nfsDriver = (
  id: string,
  { server, path }: NonNullable<ComposedStorage['nfs']>,
): DriverConfig => {
  // A comma would begin another option.
  if (/[\s,]/.test(server))
    throw new LaunchError(`${id} is on ${JSON.stringify(server)}, which is no server`);
  return { Name: 'local', Options: { type: 'nfs', o: `addr=${server},nfsvers=4,hard`, device: `:${path}` } };
};
