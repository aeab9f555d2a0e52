import type { ComposedStorage } from '../../../lib/composition/plan/composed-container.ts';
import { LaunchError } from '../../../lib/execution/engine.ts';

/** How the engine's local driver makes a volume that is not on its own disk. */
export interface DriverConfig {
  readonly Name: 'local';
  readonly Options: Readonly<Record<string, string>>;
}

/**
 * An engine makes each volume of a mount that it does not have: an empty one, in the place of what somebody removed since it was filled. With
 * these options it fails to mount that, and says so; of a volume that is there they say nothing.
 */
export const UNLESS_GONE: DriverConfig = {
  Name: 'local',
  Options: { type: 'none', o: 'bind', device: '/a-volume-that-was-filled-is-gone' },
};

/** What the engine's kernel mounts, by version 4 of NFS: others need programs beside the kernel. */
export const nfsDriver = (
  id: string,
  { server, path }: NonNullable<ComposedStorage['nfs']>,
): DriverConfig => {
  // A comma would begin another option.
  if (/[\s,]/.test(server))
    throw new LaunchError(`${id} is on ${JSON.stringify(server)}, which is no server`);
  return { Name: 'local', Options: { type: 'nfs', o: `addr=${server},nfsvers=4,hard`, device: `:${path}` } };
};
